/** @file Factors of rows by weighted ridge regression on the factors of columns, in blocks. */

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
} from '../../autodiff/index.ts';
import { gram } from '../training/gram.ts';
import type { RowBlock, RowBlocks } from '../training/row-blocks.ts';
import type { Confidence } from './weighted-loss.ts';

/** The weight of each squared error, and the weight of the squared norm of the factors. */
export interface Regression {
  readonly confidence: Confidence;
  readonly ridge: number;
}

/** Dense entries `x` `[rows, n]` in `n` columns, whose factors are `[n, K]`. */
export type DenseColumns = { readonly x: Tensor; readonly factors: Tensor };

/** The most cells of a tensor that a block computes on the way to its factors. */
export const maxCells = 2 ** 23;

const column = (x: Tensor): Tensor => reshape(x, [...x.shape, 1]);

const stacked = (parts: readonly Tensor[]): Tensor =>
  parts.reduce((above, below) => concat(above, below, 0));

function ridgeOf({ ridge }: Regression, k: number): Tensor {
  const cells = new Float64Array(k * k);
  for (let i = 0; i < k; i++) cells[i * (k + 1)] = ridge;
  return tensor(cells, [k, k]);
}

const sliceRows = ({ x, factors }: DenseColumns, from: number, count: number): DenseColumns => ({
  x: slice(x, [from, 0], [count, x.shape[1]]),
  factors,
});

/** The factors of the columns, once for each row of `x`: `[rows, n, K]`. */
const repeated = ({ x, factors }: DenseColumns): Tensor =>
  broadcastTo(factors, [x.shape[0], ...factors.shape]);

/**
 * The normal equations of each row, given factors `t` `[rows, n, K]`: the matrix `a` is the sum of
 * `weights` t tᵀ, the right-hand side `b` the sum of `targets` t.
 */
const equations = (t: Tensor, weights: Tensor, targets: Tensor) => ({
  a: matmul(mul(t, column(weights)), t, { transposeA: true }),
  b: matmul(t, column(targets), { transposeA: true }),
});

/**
 * The relative error, as estimated, beyond which a row's factors are NaN. The matrix of a row with
 * fewer clicks than factors has the condition of about its largest weight, and f32 loses as many
 * digits; the solves of both sides add up.
 */
const tolerance = 1e-4;

const solved = (a: Tensor, b: Tensor): Tensor =>
  reshape(solve(a, b, { tolerance }), b.shape.slice(0, 2));

/**
 * The factors of rows, `[rows, K]`. Those of row r, p_r, minimise the sum over all columns i of
 * c_ri (x_ri - p_r q_i)^2, plus ridge |p_r|^2 (Hu, Koren & Volinsky 2008, equation 4). `others`
 * `[K, K]` is the sum of q qᵀ over further columns, where every entry is 0 and has weight 1.
 */
export function denseFactors(
  { x, factors }: DenseColumns,
  regression: Regression,
  others?: Tensor,
): Tensor {
  const [rows, n] = x.shape;
  const k = factors.shape[1];
  const ridge = ridgeOf(regression, k);
  type Block = DenseColumns & { readonly others?: Tensor };
  const solveBlock = recomputed((block: Block) => {
    const c = regression.confidence(block.x);
    const { a, b } = equations(repeated(block), c, mul(c, block.x));
    return solved(add(a, block.others ? add(ridge, block.others) : ridge), b);
  });
  const height = Math.max(1, Math.floor(maxCells / (n * k)));
  const parts: Tensor[] = [];
  for (let from = 0; from < rows; from += height) {
    const block = sliceRows({ x, factors }, from, Math.min(height, rows - from));
    parts.push(solveBlock({ ...block, ...(others && { others }) }));
  }
  return stacked(parts);
}

/**
 * The same for rows that are 0 outside of the entries of their blocks: all rows share the matrix
 * for weights of 1, and each adds the correction at its own entries. `dense` are further columns.
 * Only one block is in memory at a time, in the derivative too.
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
    const denseRows = further && sliceRows(further, from, rows);
    const solveBlock = recomputed((inputs: BlockInputs) => blockFactors(block, inputs, regression));
    parts.push(solveBlock({ common, factors, ...(denseRows && { dense: denseRows }) }));
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
  // Padding has entry 0 and so weight 1: its correction is 0.
  const correction = (t: Tensor, x: Tensor) => {
    const c = confidence(x);
    return equations(t, sub(c, 1), mul(c, x));
  };
  const t = reshape(gather(factors, columns), [...values.shape, factors.shape[1]]);
  const { a, b } = correction(t, values);
  if (!dense) return solved(add(a, common), b);
  const more = correction(repeated(dense), dense.x);
  return solved(add(add(a, more.a), common), add(b, more.b));
}
