/** @file Cholesky factors of batched matrices, and systems with a triangular matrix. */

import { binary, number, select, unary, within } from '../kernel/expression.ts';
import { add as addIndex, type Index, int, reverse } from '../kernel/index-expression.ts';
import { define } from '../tape/primitive.ts';
import { type Shape, ShapeError, sameShape, showShape } from '../tape/shape.ts';
import { showValue } from '../tape/show-value.ts';
import { expectTensor, type Tensor } from '../tape/tensor.ts';
import { add, neg } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { flip, transpose } from './view.ts';

function expectSquare(op: string, shape: Shape): void {
  if (shape.length < 2 || shape[shape.length - 1] !== shape[shape.length - 2]) {
    throw new ShapeError(`${op}: expected square matrices, got ${showShape(shape)}`);
  }
}

/** The last two axes swapped. */
function transposed(x: Tensor): Tensor {
  const rank = x.shape.length;
  return transpose(x, [...x.shape.slice(2).keys(), rank - 1, rank - 2]);
}

/** 1 on and above the diagonal of an n by n matrix, else 0. */
const isUpper = (row: Index, column: Index, n: number) =>
  within(addIndex(column, reverse(row, n)), n - 1, 2 * n - 1);

const isDiagonal = (row: Index, column: Index, n: number) =>
  within(addIndex(column, reverse(row, n)), n - 1, n);

const upperOf = define<{ diagonal: number }>({
  name: 'upperTriangle',
  family: 'view',
  shape: ([x]) => {
    expectSquare('upperTriangle', x);
    return x;
  },
  cell: (position, [x], { diagonal }) => {
    const [row, column] = position.slice(-2);
    const n = x.shape[x.shape.length - 1];
    const value = x.read(position);
    const scaled =
      diagonal === 1
        ? value
        : select(isDiagonal(row, column, n), binary('mul', number(diagonal), value), value);
    return select(isUpper(row, column, n), scaled, number(0));
  },
  vjp: (ct, _out, _inputs, { diagonal }) => [upperTriangle(ct, diagonal)],
  // A fused producer would be computed below the diagonal as well, only to be masked.
  reads: ['many'],
});

/**
 * The upper triangle of matrices `[…,k,k]`, 0 below it, with the diagonal multiplied by `diagonal`.
 * Throws a ShapeError unless the matrices are square.
 */
export function upperTriangle(x: Tensor, diagonal = 1): Tensor {
  if (typeof diagonal !== 'number') {
    throw new ShapeError(`upperTriangle: expected a number, got ${showValue(diagonal)}`);
  }
  return upperOf([x], { diagonal });
}

/**
 * The derivative in a symmetric matrix of which only the upper triangle is read: `g` is the
 * derivative in all cells, and those below the diagonal add to their mirror images.
 */
const inUpperTriangle = (g: Tensor): Tensor => upperTriangle(add(g, transposed(g)), 0.5);

const factor = define({
  name: 'cholesky',
  family: 'recurrence',
  shape: ([a]) => {
    expectSquare('cholesky', a);
    return a;
  },
  cell: (position, [a], _attributes, fold, result) => {
    const batch = position.slice(0, -2);
    const [row, column] = position.slice(-2);
    const n = a.shape[a.shape.length - 1];
    const rest = (i: Index) =>
      binary(
        'sub',
        a.read([...batch, row, i]),
        fold(
          'sum',
          n,
          (k) => binary('mul', result.read([...batch, k, row]), result.read([...batch, k, i])),
          { from: int(0), to: row },
        ),
      );
    const value = binary('div', rest(column), unary('sqrt', rest(row)));
    return select(isUpper(row, column, n), value, number(0));
  },
  // With W = Φ(U⁻ᵀ dA U⁻¹), where Φ takes the upper triangle and half of the diagonal, dU = W U
  // (Murray 2016, "Differentiation of the Cholesky decomposition", section 3.1).
  vjp: (ct, out) => {
    const w = upperTriangle(matmul(ct, out, { transposeB: true }), 0.5);
    const left = backSubstitute(out, w);
    return [inUpperTriangle(backSubstitute(out, transposed(left)))];
  },
  reads: ['many'],
});

/**
 * The upper Cholesky factor U of symmetric positive definite matrices, A = UᵀU, `[…,k,k]` with 0
 * below the diagonal. Only the upper triangle of `a` is read, and only its cells have a derivative.
 * A matrix that is not positive definite gives NaN, from the first row on that shows it. Throws a
 * ShapeError unless the matrices are square.
 */
export const cholesky = (a: Tensor): Tensor => factor([a], {});

const substitution = define({
  name: 'forwardSubstitute',
  family: 'recurrence',
  shape: ([u, b]) => {
    expectSquare('forwardSubstitute', u);
    const rows = b[b.length - 2];
    if (!sameShape(u.slice(0, -2), b.slice(0, -2)) || rows !== u[u.length - 1]) {
      throw new ShapeError(
        `forwardSubstitute: right-hand sides ${showShape(b)} do not fit matrices ${showShape(u)}`,
      );
    }
    return b;
  },
  cell: (position, [u, b], _attributes, fold, result) => {
    const batch = position.slice(0, -2);
    const [row, column] = position.slice(-2);
    const solved = fold(
      'sum',
      u.shape[u.shape.length - 1],
      (k) => binary('mul', u.read([...batch, k, row]), result.read([...batch, k, column])),
      { from: int(0), to: row },
    );
    return binary('div', binary('sub', b.read(position), solved), u.read([...batch, row, row]));
  },
  // dX = U⁻ᵀ (dB - dUᵀ X)
  vjp: (ct, out, [u]) => {
    const bBar = backSubstitute(u, ct);
    return [neg(upperTriangle(matmul(out, bBar, { transposeB: true }))), bBar];
  },
  reads: ['many', 'many'],
});

/**
 * X with Uᵀ X = B for upper triangular U, `[…,k,k]` and `[…,k,m]` to `[…,k,m]`; what is below the
 * diagonal of U is not read. Throws a ShapeError if the shapes do not fit.
 */
export const forwardSubstitute = (u: Tensor, b: Tensor): Tensor => substitution([u, b], {});

/**
 * X with U X = B for upper triangular U, `[…,k,k]` and `[…,k,m]` to `[…,k,m]`; what is below the
 * diagonal of U is not read. Throws a ShapeError if the shapes do not fit. From the last row back
 * this is a forward substitution, because the flipped transpose of U is upper triangular.
 */
export function backSubstitute(u: Tensor, b: Tensor): Tensor {
  expectSquare('backSubstitute', expectTensor('backSubstitute', u, 0).shape);
  expectTensor('backSubstitute', b, 1);
  const rows = u.shape.length - 2;
  const flipped = flip(transposed(u), [rows, rows + 1]);
  return flip(forwardSubstitute(flipped, flip(b, [rows])), [rows]);
}
