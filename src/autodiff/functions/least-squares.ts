/**
 * @file Systems with any matrices of full rank, by a QR factorisation made of Cholesky factors, and
 * so of primitives that run batched on every device: shifted Cholesky QR (Fukaya, Kannan,
 * Nakatsukasa, Yamamoto & Yanagisawa 2020, "Shifted Cholesky QR for computing the QR factorization
 * of ill-conditioned matrices", algorithm 4.1). No row has to be chosen by its numbers, as the
 * pivots of an LU factorisation have.
 */

import {
  abs,
  add,
  div,
  lessEqual,
  max,
  mul,
  square,
  sub,
  sum,
  where,
} from '../ops/broadcasting.ts';
import { full } from '../ops/constant.ts';
import { matmul, outer } from '../ops/matmul.ts';
import { eye } from '../ops/one-hot.ts';
import { min } from '../ops/reductions.ts';
import { backSubstitute, cholesky, forwardSubstitute } from '../ops/triangular.ts';
import { stopGradient, transpose } from '../ops/view.ts';
import { ShapeError, sameShape, showShape } from '../tape/shape.ts';
import { expectTensor, type Tensor } from '../tape/tensor.ts';
import { customVjp } from '../transforms/custom.ts';

/** The last two axes swapped. */
function transposed(x: Tensor): Tensor {
  const order = x.shape.map((_, axis) => axis);
  return transpose(x, [...order.slice(0, -2), ...order.slice(-2).reverse()]);
}

/** The distance from 1 to the next number on the device that computes it, f32 or f64. */
const roundingUnit = (): Tensor => abs(sub(mul(3, sub(full([], 4 / 3), 1)), 1));

/** A = Q R with the factor of AᵀA + shift I; Q is as orthogonal as A was well-conditioned. */
function factorOnce(a: Tensor, shift?: Tensor): { q: Tensor; r: Tensor } {
  const gram = matmul(a, a, { transposeA: true });
  const n = gram.shape[gram.shape.length - 1];
  const r = cholesky(shift ? add(gram, mul(shift, eye(n))) : gram);
  return { q: transposed(forwardSubstitute(r, transposed(a))), r };
}

/** Orthonormal columns Q and an upper triangle R with A = Q R. */
export type QR = { readonly q: Tensor; readonly r: Tensor };

/**
 * The QR factorisation of matrices `[…,m,n]` of full column rank, m >= n: Q `[…,m,n]` with
 * orthonormal columns, R `[…,n,n]` upper triangular with a positive diagonal. Matrices may have a
 * condition number up to about 1e4 in f32 and 1e13 in f64; one whose R has a diagonal that falls by
 * more than n roundings, as that of a singular matrix does, gives NaN. Throws a ShapeError at other
 * shapes.
 */
export function qr(a: Tensor): QR {
  const [m, n] = expectTensor('qr', a, 0).shape.slice(-2);
  if (a.shape.length < 2 || m < n) {
    throw new ShapeError(
      `qr: expected matrices with at least as many rows as columns, got ${showShape(a.shape)}`,
    );
  }
  // Without columns Q has no cells, as A, nor has R.
  if (n === 0) return { q: a, r: full([...a.shape.slice(0, -2), 0, 0], 0) };
  const kept = { keepDims: true };
  const scale = stopGradient(max(abs(a), [-2, -1], kept));
  const scaled = div(a, scale);
  const unit = roundingUnit();
  const size = stopGradient(sum(square(scaled), [-2, -1], kept));
  const first = factorOnce(scaled, mul(mul(11 * (m * n + n * (n + 1)), unit), size));
  const second = factorOnce(first.q);
  const third = factorOnce(second.q);
  const r = mul(scale, matmul(third.r, matmul(second.r, first.r)));
  const diagonal = stopGradient(sum(mul(abs(r), eye(n)), -1, kept));
  const singular = lessEqual(min(diagonal, -2, kept), mul(mul(n, unit), max(diagonal, -2, kept)));
  const rank = where(singular, Number.NaN, 1);
  return { q: mul(third.q, rank), r: mul(r, rank) };
}

function expectSystem(op: string, a: Tensor, b: Tensor): void {
  expectTensor(op, a, 0);
  expectTensor(op, b, 1);
  const fits =
    a.shape.length >= 2 &&
    sameShape(a.shape.slice(0, -1), b.shape.slice(0, -1)) &&
    b.shape.length === a.shape.length;
  if (!fits) {
    throw new ShapeError(
      `${op}: right-hand sides ${showShape(b.shape)} do not fit matrices ${showShape(a.shape)}`,
    );
  }
}

type System = { readonly a: Tensor; readonly b: Tensor };

const solution = ({ a, b }: System): Tensor => {
  const { q, r } = qr(a);
  return backSubstitute(r, matmul(q, b, { transposeA: true }));
};

/** With Z = (AᵀA)⁻¹ X̄ and E = B - A X: B̄ = A Z, Ā = E Zᵀ - B̄ Xᵀ. */
const fitted = customVjp<System>(solution, (ct, { a, b }) => {
  const x = lstsq(a, b);
  const { r } = qr(a);
  const z = backSubstitute(r, forwardSubstitute(r, ct));
  const bBar = matmul(a, z);
  return { a: sub(outer(sub(b, matmul(a, x)), z), outer(bBar, x)), b: bBar };
});

/**
 * X that minimises the squared error of A X = B for matrices of full column rank, `[…,m,n]` and
 * `[…,m,k]` to `[…,n,k]`, m >= n, as `qr` factors them: a matrix beyond its condition gives NaN.
 * Throws a ShapeError if the shapes do not fit.
 */
export function lstsq(a: Tensor, b: Tensor): Tensor {
  expectSystem('lstsq', a, b);
  return fitted({ a, b });
}

/** dX = A⁻¹ (dB - dA X): B̄ = A⁻ᵀ X̄, Ā = -B̄ Xᵀ. */
const solved = customVjp<System>(solution, (ct, { a, b }) => {
  const bBar = solveGeneral(transposed(a), ct);
  return { a: mul(-1, outer(bBar, solveGeneral(a, b))), b: bBar };
});

/**
 * X with A X = B for any square matrices, `[…,n,n]` and `[…,n,k]` to `[…,n,k]`, by `qr`, which a
 * singular matrix, or one beyond its condition, turns to NaN. For symmetric positive definite
 * matrices `solve` costs a third. Throws a ShapeError if the shapes do not fit.
 */
export function solveGeneral(a: Tensor, b: Tensor): Tensor {
  expectSystem('solveGeneral', a, b);
  if (a.shape[a.shape.length - 2] !== a.shape[a.shape.length - 1]) {
    throw new ShapeError(
      `solveGeneral: expected square matrices, got ${showShape(a.shape)}; lstsq fits others`,
    );
  }
  return solved({ a, b });
}
