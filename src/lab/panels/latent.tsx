/** @file Latent space: users, fake users and items on two principal components. */

import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { calls, facts, focus, innerStep, report, snapshot } from '../page/lab.ts';
import type { LatentView } from '../problems/view.ts';
import { Panel } from './panel.tsx';

/** The panel; problems without latent space have none. */
export const Latent = () => {
  const view = useSignal<LatentView | null>(null);
  useSignalEffect(() => {
    const [at, what] = [innerStep.value, facts.value];
    if (!snapshot.value || what?.problem !== 'attack') return;
    calls.view(at).then((found) => {
      if (found.kind === 'latent') view.value = found;
    }, report);
  });
  if (facts.value?.problem !== 'attack') return null;
  return (
    <Panel
      name="latent"
      title="Where the model puts them"
      about="Users, items and fake users by what the model learned of them. An attack that works pulls the target among the users."
    >
      <Scatter
        view={view.value}
        focused={focus.value?.kind === 'fake' ? focus.value.index : null}
      />
    </Panel>
  );
};

const Scatter = ({
  view,
  focused,
}: {
  readonly view: LatentView | null;
  readonly focused: number | null;
}) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current && view) draw(canvas.current, view, focused);
  }, [view, focused]);
  return (
    <canvas class="scatter" ref={canvas} role="img" aria-label="Latent space in two dimensions" />
  );
};

function draw(
  canvas: HTMLCanvasElement,
  { positions, users, fakes, target }: LatentView,
  focused: number | null,
) {
  const ratio = window.devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext('2d');
  if (!context) return;
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  let extent = 0;
  for (const x of positions) extent = Math.max(extent, Math.abs(x));
  const unit = Math.min(width, height) / (2.1 * extent || 1);
  const dot = (index: number, colour: string, radius: number) => {
    context.fillStyle = style.getPropertyValue(colour);
    context.beginPath();
    context.arc(
      width / 2 + positions[2 * index] * unit,
      height / 2 - positions[2 * index + 1] * unit,
      radius,
      0,
      7,
    );
    context.fill();
  };
  for (let i = users + fakes; i < positions.length / 2; i++) dot(i, '--grey', 1.5);
  for (let i = 0; i < users; i++) dot(i, '--blue', 1.5);
  for (let i = users; i < users + fakes; i++) dot(i, '--orange', 2.5);
  dot(users + fakes + target, '--purple', 6);
  if (focused !== null) dot(users + focused, '--orange', 6);
}
