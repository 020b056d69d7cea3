/** @file The model after some steps of its training, as a picture of its problem. */

import { useSignal, useSignalEffect } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { calls, facts, focus, folded, innerStep, snapshot } from '../page/lab.ts';
import { latest } from '../page/latest.ts';
import { Fits } from '../pictures/fits.tsx';
import { Latent } from '../pictures/latent.tsx';
import { Path } from '../pictures/path.tsx';
import { Plane } from '../pictures/plane.tsx';
import type { View } from '../problems/view.ts';
import { Panel } from './panel.tsx';

const abouts: Readonly<Record<View['kind'], string>> = {
  latent:
    'Users, items and fake users by what the model learned of them, in two of its many directions. An attack moves the target; much of that may lie in directions that are not drawn.',
  plane: 'What the classifier makes of the plane, and how much each training point weighs.',
  path: 'The ball starts at the upper left and takes one step at a time, each of a size of its own.',
  curves:
    'One of the sines, and what the network says before and after its few steps on the points.',
};

/** The panel. */
export const Model = () => {
  const view = useSignal<View | null>(null);
  const shownStep = useSignal(0);
  const ask = useMemo(
    () =>
      latest(calls.view, (found, step) => {
        // An answer about the run before, while another opens.
        if (!facts.peek()) return;
        shownStep.value = step;
        view.value = found;
      }),
    [],
  );
  useSignalEffect(() => {
    if (!facts.value) view.value = null;
  });
  useSignalEffect(() => {
    if (snapshot.value && !folded.value.includes('model')) ask(innerStep.value);
  });
  const shown = view.value;
  const steps = facts.value?.steps ?? 0;
  return (
    <Panel
      name="model"
      title={shown ? `The model after ${shownStep.value} of ${steps} steps` : 'The model'}
      about={shown ? abouts[shown.kind] : 'Opening …'}
    >
      {shown?.kind === 'latent' && (
        <Latent
          view={shown}
          focus={focus.value}
          onFocus={(next) => {
            focus.value = next;
          }}
        />
      )}
      {shown?.kind === 'plane' && <Plane view={shown} />}
      {shown?.kind === 'path' && <Path view={shown} upTo={shownStep.value} />}
      {shown?.kind === 'curves' && <Fits view={shown} />}
    </Panel>
  );
};
