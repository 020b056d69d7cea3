/** @file The random attack: the targets, and filler items drawn at random. */

import type { Random } from '../../data/random.ts';
import { fromPairs, type SparseMatrix } from '../../data/sparse.ts';
import { UserError } from '../../errors.ts';

/**
 * The random attack (Lam & Riedl 2004; Tang, Wen & Wang 2020, section 4): each fake user clicks
 * the targets and `fillers` other items, drawn without replacement. Throws a UserError if the
 * catalogue has fewer other items.
 */
export function randomFiller(
  { count, items }: { count: number; items: number },
  targets: readonly number[],
  fillers: number,
  generator: Random,
): SparseMatrix {
  const isTarget = new Set(targets);
  const others = Array.from({ length: items }, (_, item) => item).filter(
    (item) => !isTarget.has(item),
  );
  if (fillers > others.length) {
    throw new UserError(`random filler: ${fillers} fillers do not fit beside the targets`);
  }
  const pairs: [number, number][] = [];
  for (let fake = 0; fake < count; fake++) {
    for (const target of targets) pairs.push([fake, target]);
    for (const rank of generator.sample(others.length, fillers)) pairs.push([fake, others[rank]]);
  }
  return fromPairs(pairs, count, items);
}
