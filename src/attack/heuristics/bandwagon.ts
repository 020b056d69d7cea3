/** @file The bandwagon attack: some of the hottest items, and random others. */

import { columnCounts } from '../../data/sparse.ts';
import { type AttackKind, besideTargets, generatorOf, otherItems } from '../kind.ts';
import { UniformPool } from '../sampling.ts';
import { byPopularity } from './popular.ts';

/** Settings of `bandwagon`. */
export type BandwagonSettings = {
  /** Share of the items that are hot, rounded up. */
  readonly hotItems: number;
  /** Share of a profile's clicks that go to hot items, rounded. */
  readonly hotShare: number;
};

/**
 * The attack `bandwagon` (Burke, Mobasher & Bhaumik 2005). Hot items, others and targets share
 * one budget: where hot items are fewer than their share, random ones take their place.
 */
export const bandwagon: AttackKind<BandwagonSettings> = {
  name: 'bandwagon',
  about: 'some hot items, and random others (Burke, Mobasher & Bhaumik 2005)',
  family: 'heuristic',
  defaults: { hotItems: 0.005, hotShare: 0.1 },
  craft: (context, { hotItems, hotShare }) => {
    const order = byPopularity(otherItems(context), columnCounts(context.train));
    const count = Math.ceil(hotItems * context.train.columns);
    const hot = new UniformPool(order.subarray(0, count));
    const cold = new UniformPool(order.subarray(count));
    const generator = generatorOf('bandwagon', context);
    return besideTargets(context, (fake, room) => {
      const wanted = Math.round(hotShare * context.budget.lengths[fake]);
      const least = Math.max(0, room - cold.size);
      const fromHot = Math.min(room, hot.size, Math.max(wanted, least));
      const fromCold = Math.min(room - fromHot, cold.size);
      return [...hot.draw(fromHot, generator), ...cold.draw(fromCold, generator)];
    });
  },
};
