/** @file Users, fake users and items of a recommender on two principal components. */

import type { LatentView } from '../problems/view.ts';
import { dot, Picture, type Surface, squareOf } from './canvas.tsx';

interface Props {
  readonly view: LatentView;
  /** A fake user to bring out, or null. */
  readonly fake: number | null;
  readonly onFake: (fake: number | null) => void;
}

/** The picture. The fake user nearest to the pointer is brought out. */
export const Latent = ({ view, fake, onFake }: Props) => {
  let surface: Surface | undefined;
  return (
    <>
      <Picture
        label={`Latent space: ${view.users} users, ${view.fakes} fake users and ${view.items} items`}
        aspect={1.25}
        of={[view, fake]}
        draw={(on) => {
          surface = on;
          draw(on, view, fake);
        }}
        onPointer={(place) => onFake(place && surface ? nearest(surface, view, place) : null)}
      />
      <p class="legend">
        <span class="key blue" /> users <span class="key orange" /> fake users{' '}
        <span class="key grey" /> items <span class="key purple" /> the target;{' '}
        {percent(view.variance[0])} and {percent(view.variance[1])} of the variance
      </p>
    </>
  );
};

const percent = (share: number) => `${Math.round(100 * share)} %`;

function extentOf({ positions }: LatentView): number {
  let extent = 0;
  for (const x of positions) extent = Math.max(extent, Math.abs(x));
  return 1.05 * extent || 1;
}

function draw(surface: Surface, view: LatentView, fake: number | null): void {
  const { context, colour } = surface;
  const { positions, users, fakes, target } = view;
  const { x, y } = squareOf(surface, extentOf(view));
  const all = (from: number, to: number, property: string, radius: number) => {
    context.fillStyle = colour(property);
    for (let i = from; i < to; i++)
      dot(surface, x(positions[2 * i]), y(positions[2 * i + 1]), radius);
  };
  context.clearRect(0, 0, surface.width, surface.height);
  all(0, users, '--blue', 1.6);
  all(users + fakes, positions.length / 2, '--grey', 1.6);
  all(users, users + fakes, '--orange', 2.6);
  all(users + fakes + target, users + fakes + target + 1, '--purple', 6);
  if (fake !== null && fake < fakes) all(users + fake, users + fake + 1, '--orange', 7);
}

/** The fake user within 12 pixels of a place, or null. */
function nearest(surface: Surface, view: LatentView, at: { x: number; y: number }): number | null {
  const { positions, users, fakes } = view;
  const { x, y } = squareOf(surface, extentOf(view));
  let [best, distance] = [-1, 12];
  for (let fake = 0; fake < fakes; fake++) {
    const i = users + fake;
    const from = Math.hypot(x(positions[2 * i]) - at.x, y(positions[2 * i + 1]) - at.y);
    if (from < distance) [best, distance] = [fake, from];
  }
  return best < 0 ? null : best;
}
