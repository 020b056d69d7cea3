/** @file The popular attack: the most clicked items as fillers. */

import { columnCounts } from '../../data/sparse.ts';
import { type AttackKind, besideTargets, otherItems } from '../kind.ts';

/** Items by their clicks, the most first; of equal ones the lower number first. */
export function byPopularity(items: Int32Array, counts: Int32Array): Int32Array {
  return items.slice().sort((a, b) => counts[b] - counts[a] || a - b);
}

/** The attack `popular`. */
export const popular: AttackKind = {
  name: 'popular',
  about: 'the most clicked other items (Gunes et al. 2014)',
  family: 'heuristic',
  defaults: {},
  craft: (context) => {
    const order = byPopularity(otherItems(context), columnCounts(context.train));
    return besideTargets(context, (_fake, room) => order.subarray(0, room));
  },
};
