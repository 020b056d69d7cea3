/** @file A decision tree for two classes, by entropy. */

import { Turns } from '../../autodiff/index.ts';

/** Rows of numbers, `[rows, columns.length]`, by column, and for each row its class, 0 or 1. */
export interface TrainingRows {
  readonly columns: readonly Float64Array[];
  readonly classes: Uint8Array;
}

/** A leaf with the share of class 1 among its rows, or a question. */
type Node =
  | { readonly share: number }
  | { readonly column: number; readonly threshold: number; below: Node; above: Node };

/** How far a tree grows. */
export interface TreeOptions {
  readonly depth: number;
  /** The least rows of a leaf. */
  readonly leaf: number;
}

/** The shares of class 1 among the training rows of the leaf that each row falls into. */
export type Classifier = (columns: readonly Float64Array[]) => Float64Array;

/** Where a node is split, and what it gains. */
interface Split {
  readonly column: number;
  readonly threshold: number;
  readonly gain: number;
}

/**
 * CART with the criterion entropy (Breiman et al. 1984): each node is split at the midpoint of two
 * values where entropy falls most, of equal splits at the first column and the lowest threshold.
 * Both classes weigh the same in all, however few rows one of them has. Throws the signal's reason
 * when that is aborted.
 */
export async function fitTree(
  { columns, classes }: TrainingRows,
  options: TreeOptions,
  signal?: AbortSignal,
): Promise<Classifier> {
  const turns = new Turns(signal);
  const positives = classes.reduce((sum, label) => sum + label, 0);
  const weight = [1 / (classes.length - positives), 1 / positives];
  const grow = async (rows: Int32Array, depth: number): Promise<Node> => {
    const mass = massOf(rows, classes, weight);
    const share = mass[1] / (mass[0] + mass[1]);
    if (depth === 0 || share === 0 || share === 1) return { share };
    const split = await bestSplit(rows, { columns, classes }, weight, options.leaf, turns);
    if (!split) return { share };
    const { column, threshold } = split;
    const isBelow = (row: number) => columns[column][row] <= threshold;
    return {
      column,
      threshold,
      below: await grow(rows.filter(isBelow), depth - 1),
      above: await grow(
        rows.filter((row) => !isBelow(row)),
        depth - 1,
      ),
    };
  };
  const root = await grow(
    Int32Array.from(classes, (_, row) => row),
    options.depth,
  );
  return (table) => Float64Array.from(table[0], (_, row) => shareOf(root, table, row));
}

function shareOf(root: Node, columns: readonly Float64Array[], row: number): number {
  let node = root;
  while ('column' in node) {
    node = columns[node.column][row] <= node.threshold ? node.below : node.above;
  }
  return node.share;
}

function massOf(rows: Int32Array, classes: Uint8Array, weight: readonly number[]) {
  const mass: [number, number] = [0, 0];
  for (const row of rows) mass[classes[row]] += weight[classes[row]];
  return mass;
}

async function bestSplit(
  rows: Int32Array,
  { columns, classes }: TrainingRows,
  weight: readonly number[],
  leaf: number,
  turns: Turns,
): Promise<Split | undefined> {
  const total = massOf(rows, classes, weight);
  const before = entropy(total[0], total[1]);
  let best: Split | undefined;
  for (const [column, values] of columns.entries()) {
    const sorted = rows.slice().sort((a, b) => values[a] - values[b]);
    let [zeros, ones] = [0, 0];
    for (let i = 0; i + 1 < sorted.length; i++) {
      if (classes[sorted[i]] === 1) ones += weight[1];
      else zeros += weight[0];
      const [here, next] = [values[sorted[i]], values[sorted[i + 1]]];
      if (here === next || i + 1 < leaf || sorted.length - i - 1 < leaf) continue;
      const after = entropy(zeros, ones) + entropy(total[0] - zeros, total[1] - ones);
      const gain = before - after;
      // Gains below rounding are none.
      if (gain > (best?.gain ?? 1e-12))
        best = { column, threshold: here + (next - here) / 2, gain };
    }
    await turns.pass();
  }
  return best;
}

/** The entropy of two masses, times their sum. */
function entropy(a: number, b: number): number {
  const part = (x: number) => (x > 0 ? -x * Math.log2(x / (a + b)) : 0);
  return part(a) + part(b);
}
