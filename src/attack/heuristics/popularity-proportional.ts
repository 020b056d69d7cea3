/** @file The average attack on clicks: filler items drawn in proportion to their popularity. */

import { columnCounts } from '../../data/sparse.ts';
import { type AttackKind, besideTargets, generatorOf, otherItems } from '../kind.ts';
import { UniformPool, WeightedPool } from '../sampling.ts';

/**
 * The attack `popularity-proportional`. An average attack rates its fillers by their means (Lam &
 * Riedl 2004), which clicks do not have; what is left of an item's rating is how many clicked it.
 */
export const popularityProportional: AttackKind = {
  name: 'popularity-proportional',
  about: 'other items in proportion to their clicks ("average" of Lam & Riedl 2004, on clicks)',
  family: 'heuristic',
  defaults: {},
  craft: (context) => {
    const counts = columnCounts(context.train);
    const others = otherItems(context);
    const pool = new WeightedPool(others.map((item) => counts[item]));
    const unclicked = new UniformPool(others.filter((item) => counts[item] === 0));
    const generator = generatorOf('popularity proportional', context);
    return besideTargets(context, (_fake, room) => {
      const drawn = pool.draw(room, generator).map((i) => others[i]);
      const rest = Math.min(room - drawn.length, unclicked.size);
      return rest === 0 ? drawn : [...drawn, ...unclicked.draw(rest, generator)];
    });
  },
};
