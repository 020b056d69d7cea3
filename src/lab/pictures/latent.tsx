/** @file Users, fake users and items of a recommender on two principal components. */

import type { Focus } from '../page/lab.ts';
import type { LatentView } from '../problems/view.ts';
import { arrow, dot, Key, Picture, type Surface, squareOf } from './canvas.tsx';

interface Props {
  readonly view: LatentView;
  /** A user to bring out. */
  readonly focus: Focus;
  readonly onFocus: (focus: Focus) => void;
}

/** The picture. The user nearest to the pointer is brought out, a fake one if there is one near. */
export const Latent = ({ view, focus, onFocus }: Props) => {
  let surface: Surface | undefined;
  return (
    <Picture
      label={`Latent space: ${view.users} users, ${view.fakes} fake users and ${view.items} items`}
      aspect={1.25}
      of={[view, focus?.kind, focus?.index]}
      draw={(on) => {
        surface = on;
        draw(on, view, focus);
      }}
      onPointer={(place) => onFocus(place && surface ? nearest(surface, view, place) : null)}
    >
      <Key colour="blue">users</Key> <Key colour="orange">fake users</Key>{' '}
      <Key colour="grey">items</Key> <Key colour="purple">the target</Key> Only two of the model's
      directions can be drawn: they hold {percent(view.variance[0])} and {percent(view.variance[1])}{' '}
      of how users, fake users and items differ. An arrow is where the gradient pulls a fake user,
      by the items that it would have it click; the longest is drawn a tenth of the picture long.
    </Picture>
  );
};

const percent = (share: number) => `${Math.round(100 * share)} %`;

function extentOf({ positions }: LatentView): number {
  let extent = 0;
  for (const x of positions) extent = Math.max(extent, Math.abs(x));
  return 1.05 * extent || 1;
}

function draw(surface: Surface, view: LatentView, focus: Focus): void {
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
  drawPulls(surface, view, focus?.kind === 'fake' ? focus.index : -1);
  all(users, users + fakes, '--orange', 2.6);
  all(users + fakes + target, users + fakes + target + 1, '--purple', 6);
  if (focus?.kind === 'fake' && focus.index < fakes) {
    all(users + focus.index, users + focus.index + 1, '--orange', 7);
  }
  if (focus?.kind === 'user' && focus.index < users) all(focus.index, focus.index + 1, '--blue', 6);
}

function drawPulls(surface: Surface, view: LatentView, brought: number): void {
  const { pulls, positions, users } = view;
  const { x, y, unit } = squareOf(surface, extentOf(view));
  let longest = 0;
  for (let i = 0; i < pulls.length; i += 2) {
    longest = Math.max(longest, Math.hypot(pulls[i], pulls[i + 1]));
  }
  if (longest === 0) return;
  const scale = (0.2 * extentOf(view) * unit) / longest;
  surface.context.strokeStyle = surface.colour('--orange');
  for (let i = 0; i < pulls.length; i += 2) {
    const at = 2 * users + i;
    const from = { x: x(positions[at]), y: y(positions[at + 1]) };
    const isOut = i === 2 * brought;
    surface.context.globalAlpha = isOut ? 1 : 0.45;
    surface.context.lineWidth = isOut ? 2.5 : 1;
    arrow(surface, from, { x: pulls[i] * scale, y: -pulls[i + 1] * scale });
  }
  surface.context.globalAlpha = 1;
}

/** The user within 12 pixels of a place, or null; a fake one goes before a genuine one. */
function nearest(surface: Surface, view: LatentView, at: { x: number; y: number }): Focus {
  const { positions, users, fakes } = view;
  const { x, y } = squareOf(surface, extentOf(view));
  const within = (from: number, to: number): number | null => {
    let [best, distance] = [-1, 12];
    for (let i = from; i < to; i++) {
      const away = Math.hypot(x(positions[2 * i]) - at.x, y(positions[2 * i + 1]) - at.y);
      if (away < distance) [best, distance] = [i - from, away];
    }
    return best < 0 ? null : best;
  };
  const fake = within(users, users + fakes);
  if (fake !== null) return { kind: 'fake', index: fake };
  const user = within(0, users);
  return user === null ? null : { kind: 'user', index: user };
}
