/** @file Factors of rows by weighted ridge regression on the factors of columns, all rows at once. */

import {
  add,
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

/** What the squared errors are weighted by and what is added to them, ridge |factors|^2. */
export interface Regression {
  readonly confidence: Confidence;
  readonly ridge: number;
}

/** Cells of the largest tensor made on the way. */
export const maxCells = 2 ** 23;

/** Rows that are dense: their entries `[rows, n]` in `n` columns with factors `[n, K]`. */
export interface DenseColumns {
  readonly x: Tensor;
  readonly factors: Tensor;
}

const column = (x: Tensor): Tensor => reshape(x, [...x.shape, 1]);

function scaledIdentity(k: number, scale: number): Tensor {
  const cells = new Float64Array(k * k);
  for (let i = 0; i < k; i++) cells[i * (k + 1)] = scale;
  return tensor(cells, [k, k]);
}

/**
 * The sums over columns of `weights` times the outer product of their factors with themselves,
 * `[rows, n]` and `[n, K]` to `[rows, K, K]`, some rows of all the products at a time.
 */
function weightedGrams(weights: Tensor, factors: Tensor): Tensor {
  const [n, k] = factors.shape;
  const [rows] = weights.shape;
  const height = Math.min(k, Math.max(1, Math.floor(maxCells / (n * k))));
  let grams: Tensor | undefined;
  for (let from = 0; from < k; from += height) {
    const count = Math.min(height, k - from);
    const left = column(slice(factors, [0, from], [n, count]));
    const outer = reshape(mul(left, reshape(factors, [n, 1, k])), [n, count * k]);
    const part = reshape(matmul(weights, outer), [rows, count, k]);
    grams = grams ? concat(grams, part, 1) : part;
  }
  return grams as Tensor;
}

/**
 * The factors of dense rows, `[rows, K]`: row r minimises the sum over columns i of
 * c_ri (x_ri - p_r q_i)^2, plus ridge |p_r|^2 (Hu, Koren & Volinsky 2008, equation 4).
 */
export function denseFactors({ x, factors }: DenseColumns, regression: Regression): Tensor {
  const { confidence, ridge } = regression;
  const [rows] = x.shape;
  const k = factors.shape[1];
  const c = confidence(x);
  const a = add(weightedGrams(c, factors), scaledIdentity(k, ridge));
  const b = matmul(mul(c, x), factors);
  return reshape(solve(a, column(b)), [rows, k]);
}

/**
 * The same of rows whose entries are 0 but for those in blocks: what all rows have in common, the
 * gram matrix as if every weight were 1, and a correction for the entries of each. `dense` are
 * further columns, whose entries may be anything. One block is held at a time, in derivatives too.
 */
export function sparseFactors(
  { blocks, sorted, unsorted }: RowBlocks,
  factors: Tensor,
  regression: Regression,
  dense?: DenseColumns,
): Tensor {
  const gram = (t: Tensor) => matmul(t, t, { transposeA: true });
  const own = add(gram(factors), scaledIdentity(factors.shape[1], regression.ridge));
  const common = dense ? add(own, gram(dense.factors)) : own;
  const entries = dense && gather(dense.x, sorted);
  let from = 0;
  const parts = blocks.map((block) => {
    const solveBlock = recomputed((of: BlockInputs) => blockFactors(block, of, regression));
    const [rows] = block.values.shape;
    const inputs: BlockInputs = { common, factors };
    if (!dense || !entries) return solveBlock(inputs);
    const x = slice(entries, [from, 0], [rows, entries.shape[1]]);
    from += rows;
    return solveBlock({ ...inputs, dense: { x, factors: dense.factors } });
  });
  return gather(
    parts.reduce((above, below) => concat(above, below, 0)),
    unsorted,
  );
}

type BlockInputs = {
  readonly common: Tensor;
  readonly factors: Tensor;
  readonly dense?: { readonly x: Tensor; readonly factors: Tensor };
};

function blockFactors(
  { columns, values }: RowBlock,
  { common, factors, dense }: BlockInputs,
  { confidence }: Regression,
): Tensor {
  const [rows, length] = values.shape;
  const k = factors.shape[1];
  const c = confidence(values);
  const read = reshape(gather(factors, columns), [rows, length, k]);
  let a = matmul(mul(read, column(sub(c, 1))), read, { transposeA: true });
  let b = matmul(read, column(mul(c, values)), { transposeA: true });
  if (dense) {
    const weights = confidence(dense.x);
    a = add(a, weightedGrams(sub(weights, 1), dense.factors));
    b = add(b, column(matmul(mul(weights, dense.x), dense.factors)));
  }
  return reshape(solve(add(a, common), b), [rows, k]);
}
