/** @file The matrix product, with batch axes and transpose flags; its adjoints are products too. */

import { binary } from '../kernel/expression.ts';
import type { Index } from '../kernel/index-expression.ts';
import { expectOptions } from '../tape/options.ts';
import { type Cell, define } from '../tape/primitive.ts';
import {
  broadcastShapes,
  type Shape,
  ShapeError,
  sameShape,
  showShape,
  sizeOf,
} from '../tape/shape.ts';
import { expectTensor, type Tensor } from '../tape/tensor.ts';
import { add } from './elementwise.ts';
import { broadcastTo, sumOver } from './reduce.ts';
import { reshape, sliceAlong, transpose } from './view.ts';

/** Which operands are read with their last two axes swapped. */
export interface TransposeFlags {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

const flagNames = ['transposeA', 'transposeB'];

type Flags = { readonly transposeA: boolean; readonly transposeB: boolean };

function dimensions(a: Shape, b: Shape, { transposeA, transposeB }: Flags) {
  const [rowsA, columnsA] = a.slice(-2);
  const [rowsB, columnsB] = b.slice(-2);
  const [m, inner] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [k, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  return { m, n, k, inner, batch: a.slice(0, -2) };
}

const show = (shape: Shape, transposed: boolean) => showShape(shape) + (transposed ? 'ᵀ' : '');

const product = define<Flags>({
  name: 'matmul',
  family: 'fold',
  shape: ([a, b], flags) => {
    const pair = `${show(a, flags.transposeA)} and ${show(b, flags.transposeB)}`;
    if (a.length < 2 || a.length !== b.length || !sameShape(a.slice(0, -2), b.slice(0, -2))) {
      throw new ShapeError(`matmul: expected matrices with equal batch axes, got ${pair}`);
    }
    const { m, n, k, inner, batch } = dimensions(a, b, flags);
    if (inner !== k) throw new ShapeError(`matmul: inner sizes differ, got ${pair}`);
    return [...batch, m, n];
  },
  cell: (position, [a, b], flags, fold) => {
    const batch = position.slice(0, -2);
    const [y, x] = position.slice(-2);
    const { k } = dimensions(a.shape, b.shape, flags);
    const entry = (matrix: Cell, row: Index, column: Index, transposed: boolean) =>
      matrix.read(transposed ? [...batch, column, row] : [...batch, row, column]);
    return fold('sum', k, (i) =>
      binary('mul', entry(a, y, i, flags.transposeA), entry(b, i, x, flags.transposeB)),
    );
  },
  // C = op(A) op(B): the cotangent of op(A) is ct op(B)ᵀ, of op(B) is op(A)ᵀ ct.
  vjp: (ct, _out, [a, b], { transposeA, transposeB }) => [
    transposeA
      ? matmul(b, ct, { transposeA: transposeB, transposeB: true })
      : matmul(ct, b, { transposeB: !transposeB }),
    transposeB
      ? matmul(ct, a, { transposeA: true, transposeB: transposeA })
      : matmul(a, ct, { transposeA: !transposeA }),
  ],
  reads: ['many', 'many'],
});

/** Up to so many products of a cell are added one after another, and beyond in blocks of half of it. */
const longestProduct = 2 ** 15;

/** The products of all blocks have together at most so many cells, 64 MiB. */
const mostCells = 2 ** 24;

/**
 * The product of matrices with equal batch axes. Where an inner axis is long, the rounding of f32
 * would add up: it is split, and the products of the blocks are added.
 */
function inBlocks(a: Tensor, b: Tensor, flags: Flags): Tensor {
  const { m, n, k, inner, batch } = dimensions(a.shape, b.shape, flags);
  if (k !== inner || k <= longestProduct) return product([a, b], flags);
  const block = Math.max(longestProduct / 2, Math.ceil((sizeOf(batch) * m * n * k) / mostCells));
  if (2 * block > k) return product([a, b], flags);
  const whole = k - (k % block);
  const [axisA, axisB] = [
    batch.length + (flags.transposeA ? 0 : 1),
    batch.length + (flags.transposeB ? 1 : 0),
  ];
  const parts = product(
    [blocksOf(a, axisA, whole, block), blocksOf(b, axisB, whole, block)],
    flags,
  );
  const sum = sumOver(parts, [batch.length]);
  if (whole === k) return sum;
  return add(sum, product([sliceAlong(a, axisA, whole, k), sliceAlong(b, axisB, whole, k)], flags));
}

/** The blocks along one of the last two axes, as a batch axis before these. */
function blocksOf(x: Tensor, axis: number, whole: number, block: number): Tensor {
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const split = reshape(sliceAlong(x, axis, 0, whole), [...before, whole / block, block, ...after]);
  if (after.length === 1) return split;
  const axes = split.shape.map((_, i) => i);
  [axes[axis - 1], axes[axis]] = [axis, axis - 1];
  return transpose(split, axes);
}

/** A vector as a matrix: a row on the left, a column on the right. Its transpose is itself. */
const asMatrix = (x: Tensor, shape: Shape): Tensor =>
  x.shape.length === 1 ? reshape(x, shape) : x;

/**
 * The matrix product over the last two axes, `[…,m,k]` by `[…,k,n]` to `[…,m,n]`, by NumPy's rules:
 * leading axes broadcast, and a vector is a row on the left or a column on the right, whose axis
 * the result lacks. Throws a ShapeError at scalars, at leading axes that do not broadcast and at
 * inner sizes that differ.
 */
export function matmul(a: Tensor, b: Tensor, flags: TransposeFlags = {}): Tensor {
  expectOptions('matmul', flags, flagNames);
  const vectors = [a, b].map((x, i) => expectTensor('matmul', x, i).shape.length === 1);
  const transposeA = !vectors[0] && (flags.transposeA ?? false);
  const transposeB = !vectors[1] && (flags.transposeB ?? false);
  if (a.shape.length === 0 || b.shape.length === 0) {
    const pair = `${showShape(a.shape)} and ${showShape(b.shape)}`;
    throw new ShapeError(`matmul: expected vectors or matrices, got ${pair}; scale by mul`);
  }
  const left = asMatrix(a, [1, a.size]);
  const right = asMatrix(b, [b.size, 1]);
  const result = batched(left, right, { transposeA, transposeB });
  if (!vectors[0] && !vectors[1]) return result;
  const kept = result.shape.filter((_, axis) => !vectors[axis - result.shape.length + 2]);
  return reshape(result, kept);
}

/** A Bᵀ: `[…,m,k]` by `[…,n,k]` to `[…,m,n]`. */
export const outer = (a: Tensor, b: Tensor): Tensor => matmul(a, b, { transposeB: true });

/** The product of matrices whose leading axes broadcast. */
function batched(a: Tensor, b: Tensor, flags: Flags): Tensor {
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (sameShape(batchA, batchB)) return inBlocks(a, b, flags);
  if (batchB.length === 0 && !flags.transposeA) {
    // All rows by one matrix: a single product, and so is the derivative in that matrix.
    const [m, k] = a.shape.slice(-2);
    const rows = reshape(a, [sizeOf(batchA) * m, k]);
    const result = inBlocks(rows, b, flags);
    return reshape(result, [...batchA, m, result.shape[1]]);
  }
  const pair = `${show(a.shape, flags.transposeA)} and ${show(b.shape, flags.transposeB)}`;
  const batch = broadcastShapes(`matmul: leading axes of ${pair}`, batchA, batchB);
  const repeated = (x: Tensor) => broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
  return inBlocks(repeated(a), repeated(b), flags);
}
