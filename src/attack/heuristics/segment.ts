/** @file The segment attack: the items that are most similar to the targets. */

import { Largest } from '../../data/largest.ts';
import { columnCounts, rowOf, type SparseMatrix, transposed } from '../../data/sparse.ts';
import { UserError } from '../../errors.ts';
import { type AttackKind, besideTargets, generatorOf, otherItems } from '../kind.ts';
import { UniformPool } from '../sampling.ts';

/** Settings of `segment`. */
export type SegmentSettings = {
  /** How many items, the most similar ones, the segment has. */
  readonly segmentItems: number;
};

/**
 * The mean over the targets of the Jaccard similarity between the users of each item and those of
 * the target, `[items]`; 0 where one of both has no user.
 */
export function similarityTo(train: SparseMatrix, targets: readonly number[]): Float64Array {
  const byItem = transposed(train);
  const counts = columnCounts(train);
  const similarity = new Float64Array(train.columns);
  const common = new Int32Array(train.columns);
  for (const target of targets) {
    common.fill(0);
    for (const user of rowOf(byItem, target)) for (const item of rowOf(train, user)) common[item]++;
    common.forEach((both, item) => {
      if (both === 0) return;
      similarity[item] += both / (counts[item] + counts[target] - both) / targets.length;
    });
  }
  return similarity;
}

/**
 * The attack `segment` (Mobasher, Burke, Bhaumik & Williams 2007): fillers from the segment, and
 * random others once it is used up.
 */
export const segment: AttackKind<SegmentSettings> = {
  name: 'segment',
  about: 'the items most similar to the targets (Mobasher, Burke, Bhaumik & Williams 2007)',
  family: 'heuristic',
  defaults: { segmentItems: 50 },
  craft: (context, { segmentItems }) => {
    const { goal, train } = context;
    if (goal.kind === 'untargeted') {
      throw new UserError('segment: expected target items; untargeted has none: choose another');
    }
    const similarity = similarityTo(train, goal.targets);
    const others = otherItems(context);
    const largest = new Largest(Math.min(segmentItems, others.length));
    for (const item of others) largest.offer(item, similarity[item]);
    const nearest = largest.take();
    const near = new Set(nearest);
    const inside = new UniformPool(nearest);
    const outside = new UniformPool(others.filter((item) => !near.has(item)));
    const generator = generatorOf('segment', context);
    return besideTargets(context, (_fake, room) => {
      const fromSegment = Math.min(room, inside.size);
      const fromOthers = Math.min(room - fromSegment, outside.size);
      return [...inside.draw(fromSegment, generator), ...outside.draw(fromOthers, generator)];
    });
  },
};
