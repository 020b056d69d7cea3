/** @file Users in the order of a detector's suspicion, a stroke each, fake ones above genuine ones. */

import type { Focus } from '../page/lab.ts';
import type { Detected } from '../session/defend.ts';
import { Key, Picture, type Surface } from './canvas.tsx';

interface Props {
  readonly detected: Detected;
  /** How many of the most suspicious users are flagged. */
  readonly flagged: number;
  readonly focus: Focus;
  readonly onFocus: (focus: Focus) => void;
}

const margin = 6;
const lane = 24;

/** The user that a focus is on, among all of a detector's users, or -1. */
export const userOf = (focus: Focus, { users, scores }: Detected): number => {
  const user =
    focus?.kind === 'fake' ? users + focus.index : focus?.kind === 'user' ? focus.index : -1;
  return user < scores.length ? user : -1;
};

/** The picture; the user nearest to the pointer is brought out everywhere. */
export const Suspicion = ({ detected, flagged, focus, onFocus }: Props) => {
  let width = 0;
  return (
    <Picture
      label="All users, the most suspicious ones at the left: fake users above, genuine ones below"
      aspect={8}
      of={[detected, flagged, focus?.kind, focus?.index]}
      draw={(surface) => {
        width = surface.width;
        draw(surface, detected, { flagged, user: userOf(focus, detected) });
      }}
      onPointer={(place) => onFocus(place ? nearest(detected, place, width) : null)}
    >
      <Key colour="orange" square>
        fake users
      </Key>{' '}
      <Key colour="blue" square>
        genuine users
      </Key>{' '}
      The most suspicious ones are at the left; those on grey are flagged.
    </Picture>
  );
};

const placeOf = (rank: number, of: number, width: number): number =>
  margin + ((rank + 0.5) / of) * (width - 2 * margin);

function draw(
  { context, colour, width, height }: Surface,
  { ranks, users }: Detected,
  { flagged, user }: { readonly flagged: number; readonly user: number },
): void {
  const all = ranks.length;
  const top = (of: number) => (of < users ? margin + lane + 4 : margin);
  context.clearRect(0, 0, width, height);
  context.fillStyle = colour('--line');
  const line = placeOf(flagged - 0.5, all, width);
  context.fillRect(margin, 2, line - margin, 2 * lane + 12);
  for (let of = 0; of < all; of++) {
    context.fillStyle = colour(of < users ? '--blue' : '--orange');
    context.globalAlpha = of < users ? 0.45 : 0.9;
    context.fillRect(placeOf(ranks[of], all, width) - 0.6, top(of), 1.2, lane);
  }
  context.globalAlpha = 1;
  if (user < 0) return;
  const x = placeOf(ranks[user], all, width);
  context.fillStyle = colour('--text');
  context.fillRect(x - 2, top(user) - 3, 4, lane + 6);
}

function nearest(
  { ranks, users }: Detected,
  at: { readonly x: number; readonly y: number },
  width: number,
): Focus {
  const isFake = at.y < margin + lane + 2;
  const [from, to] = isFake ? [users, ranks.length] : [0, users];
  let [best, distance] = [-1, 8];
  for (let user = from; user < to; user++) {
    const away = Math.abs(placeOf(ranks[user], ranks.length, width) - at.x);
    if (away < distance) [best, distance] = [user - from, away];
  }
  return best < 0 ? null : { kind: isFake ? 'fake' : 'user', index: best };
}
