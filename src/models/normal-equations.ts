/** @file Factors of rows by weighted ridge regression on the factors of columns, block by block. */

import {
  add,
  broadcastTo,
  concat,
  gather,
  matmul,
  mul,
  recomputed,
  reshape,
  slice,
  solve,
  sub,
  type Tensor,
  tensor,
} from '../autodiff/index.ts';
import type { RowBlock, RowBlocks } from './row-blocks.ts';

/** The weight of each entry, cell by cell; 1 where the entry is 0. */
export type Confidence = (x: Tensor) => Tensor;

/** What squared errors are weighted by, and the weight of the squared norm of the factors. */
export interface Regression {
  readonly confidence: Confidence;
  readonly ridge: number;
}

/** Entries `x` `[rows, n]` that may be anything, in `n` columns of these factors `[n, K]`. */
export type DenseColumns = { readonly x: Tensor; readonly factors: Tensor };

/** Cells of the largest tensor that a block makes on the way. */
export const maxCells = 2 ** 23;

const column = (x: Tensor): Tensor => reshape(x, [...x.shape, 1]);

const stacked = (parts: readonly Tensor[]): Tensor =>
  parts.reduce((above, below) => concat(above, below, 0));

const gram = (x: Tensor): Tensor => matmul(x, x, { transposeA: true });

function ridgeOf({ ridge }: Regression, k: number): Tensor {
  const cells = new Float64Array(k * k);
  for (let i = 0; i < k; i++) cells[i * (k + 1)] = ridge;
  return tensor(cells, [k, k]);
}

const rowsOf = ({ x, factors }: DenseColumns, from: number, count: number): DenseColumns => ({
  x: slice(x, [from, 0], [count, x.shape[1]]),
  factors,
});

/** The factors of the columns for each row that `x` has. */
const repeated = ({ x, factors }: DenseColumns): Tensor =>
  broadcastTo(factors, [x.shape[0], ...factors.shape]);

/** A row's matrix and right-hand side: sums of `weights` t tᵀ and of `targets` t over its `t`. */
const equations = (t: Tensor, weights: Tensor, targets: Tensor) => ({
  a: matmul(mul(t, column(weights)), t, { transposeA: true }),
  b: matmul(t, column(targets), { transposeA: true }),
});

const solved = (a: Tensor, b: Tensor): Tensor => reshape(solve(a, b), b.shape.slice(0, 2));

/**
 * The factors of rows, `[rows, K]`: those of row r minimise the sum over all columns i of
 * c_ri (x_ri - p_r q_i)^2, plus ridge |p_r|^2 (Hu, Koren & Volinsky 2008, equation 4).
 */
export function denseFactors({ x, factors }: DenseColumns, regression: Regression): Tensor {
  const [rows, n] = x.shape;
  const k = factors.shape[1];
  const ridge = ridgeOf(regression, k);
  const solveBlock = recomputed((of: DenseColumns) => {
    const c = regression.confidence(of.x);
    const { a, b } = equations(repeated(of), c, mul(c, of.x));
    return solved(add(a, ridge), b);
  });
  const height = Math.max(1, Math.floor(maxCells / (n * k)));
  const parts: Tensor[] = [];
  for (let from = 0; from < rows; from += height) {
    parts.push(solveBlock(rowsOf({ x, factors }, from, Math.min(height, rows - from))));
  }
  return stacked(parts);
}

/**
 * The same for rows that are 0 but for the entries of their blocks: the matrix that all rows have
 * in common, as if every weight were 1, and for each the correction at its entries. `dense` are
 * further columns. One block is held at a time, in the derivative too.
 */
export function sparseFactors(
  { blocks, sorted, unsorted }: RowBlocks,
  factors: Tensor,
  regression: Regression,
  dense?: DenseColumns,
): Tensor {
  const alone = add(gram(factors), ridgeOf(regression, factors.shape[1]));
  const common = dense ? add(alone, gram(dense.factors)) : alone;
  const further = dense && { x: gather(dense.x, sorted), factors: dense.factors };
  const parts: Tensor[] = [];
  let from = 0;
  for (const block of blocks) {
    const [rows] = block.values.shape;
    const own = further && rowsOf(further, from, rows);
    const solveBlock = recomputed((of: BlockInputs) => blockFactors(block, of, regression));
    parts.push(solveBlock({ common, factors, ...(own ? { dense: own } : {}) }));
    from += rows;
  }
  return gather(stacked(parts), unsorted);
}

type BlockInputs = {
  readonly common: Tensor;
  readonly factors: Tensor;
  readonly dense?: DenseColumns;
};

function blockFactors(
  { columns, values }: RowBlock,
  { common, factors, dense }: BlockInputs,
  { confidence }: Regression,
): Tensor {
  // Columns of padding have entry 0, so weight 1, and no correction.
  const correct = (t: Tensor, x: Tensor) => {
    const c = confidence(x);
    return equations(t, sub(c, 1), mul(c, x));
  };
  const read = reshape(gather(factors, columns), [...values.shape, factors.shape[1]]);
  const { a, b } = correct(read, values);
  if (!dense) return solved(add(a, common), b);
  const more = correct(repeated(dense), dense.x);
  return solved(add(add(a, more.a), common), add(b, more.b));
}
