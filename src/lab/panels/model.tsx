/** @file The model after some steps of its training, as a picture of its problem. */

import { useAnswer } from '../page/answer.ts';
import { calls, facts, focus, folded, innerStep, snapshot } from '../page/lab.ts';
import { later } from '../page/later.tsx';
import { Latent } from '../pictures/latent.tsx';
import type { View } from '../problems/view.ts';
import { Panel } from './panel.tsx';

const Fits = later(async () => (await import('../pictures/fits.tsx')).Fits);
const Path = later(async () => (await import('../pictures/path.tsx')).Path);
const Plane = later(async () => (await import('../pictures/plane.tsx')).Plane);

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
  const view = useAnswer(calls.view, () =>
    snapshot.value && !folded.value.includes('model') ? innerStep.value : null,
  );
  const { question: step = 0, answer: shown } = view.value ?? {};
  const steps = facts.value?.steps ?? 0;
  return (
    <Panel
      name="model"
      title={shown ? `The model after ${step} of ${steps} steps` : 'The model'}
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
      {shown?.kind === 'path' && <Path view={shown} upTo={step} />}
      {shown?.kind === 'curves' && <Fits view={shown} />}
    </Panel>
  );
};
