/** @file The random attack: the targets, and filler items drawn at random. */

import type { Random } from '../../data/random.ts';
import type { SparseMatrix } from '../../data/sparse.ts';
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
  const all = Int32Array.from({ length: items }, (_, item) => item);
  const others = all.filter((item) => !isTarget.has(item));
  if (fillers > others.length) {
    throw new UserError(`random filler: ${fillers} fillers do not fit beside the targets`);
  }
  const clicks = isTarget.size + fillers;
  const indices = new Int32Array(count * clicks);
  for (let fake = 0; fake < count; fake++) {
    const row = indices.subarray(fake * clicks, (fake + 1) * clicks);
    row.set([...isTarget]);
    row.set(
      generator.sample(others.length, fillers).map((rank) => others[rank]),
      isTarget.size,
    );
    row.sort();
  }
  return {
    rows: count,
    columns: items,
    indptr: Int32Array.from({ length: count + 1 }, (_, fake) => fake * clicks),
    indices,
    values: new Float64Array(indices.length).fill(1),
  };
}
