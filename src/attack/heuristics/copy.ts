/** @file The copy attack: genuine profiles, and the targets. */

import { UserError } from '../../errors.ts';
import { lengthsOf } from '../budget.ts';
import { type AttackKind, besideTargets, generatorOf } from '../kind.ts';
import { cutTo, profilesBeside } from './profiles.ts';

/**
 * The attack `copy`: each fake user has a genuine user's whole profile beside the targets. It is
 * drawn among those of the greatest length that fits into the budget and is not copied yet; once
 * all that fit are copied, they are copied again, and where none fits one is cut.
 */
export const copy: AttackKind = {
  name: 'copy',
  about: 'the profile of a genuine user',
  family: 'heuristic',
  defaults: {},
  craft: (context) => {
    const profileOf = profilesBeside(context);
    const generator = generatorOf('copy', context);
    const order = new Int32Array(context.train.rows).map((_, user) => user);
    generator.shuffle(order);
    const length = order.map((_, user) => profileOf(user).length);
    const clicks = lengthsOf(context.train);
    // The sort is stable: users of one length stay in random order.
    const users = order.filter((user) => clicks[user] > 0).sort((a, b) => length[a] - length[b]);
    if (users.length === 0) throw new UserError('copy: no real user has a click to copy');
    const unused = new Unused(users.length);
    const lengths = users.map((user) => length[user]);
    return besideTargets(context, (_fake, room) => {
      const fitting = countUpTo(lengths, room);
      // Nobody fits: whom to cut is drawn, too.
      const position = fitting > 0 ? unused.takeBelow(fitting) : generator.integer(users.length);
      return cutTo(profileOf(users[position]), room, generator);
    });
  },
};

/** How many of the ascending numbers are at most `most`. */
function countUpTo(ascending: Int32Array, most: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Positions that are taken once each; all are free again when none below an end is left. */
class Unused {
  /** 1 plus the last position at or below each that may be free; 0 where there is none. */
  private readonly last: Int32Array;

  constructor(size: number) {
    this.last = Int32Array.from({ length: size }, (_, i) => i + 1);
  }

  /** Takes the last free position below `end`. */
  takeBelow(end: number): number {
    const { last } = this;
    if (this.find(end) === 0) for (let i = 0; i < last.length; i++) last[i] = i + 1;
    const found = this.find(end);
    last[found - 1] = found - 1;
    return found - 1;
  }

  /** 1 plus the last free position below `end`, halving the path that leads there. */
  private find(end: number): number {
    const { last } = this;
    let at = end;
    while (at > 0 && last[at - 1] !== at) {
      const next = last[at - 1];
      if (next > 0) last[at - 1] = last[next - 1];
      at = next;
    }
    return at;
  }
}
