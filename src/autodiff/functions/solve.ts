/** @file `solve`: systems with positive definite matrices, differentiated in closed form. */

import { add, neg } from '../ops/broadcasting.ts';
import { matmul } from '../ops/matmul.ts';
import { backSubstitute, cholesky, forwardSubstitute, upperTriangle } from '../ops/triangular.ts';
import { ShapeError, sameShape, showShape } from '../tape/shape.ts';
import { expectTensor, type Tensor } from '../tape/tensor.ts';
import { customVjp } from '../transforms/custom.ts';

type System = { readonly a: Tensor; readonly b: Tensor };

function substitute({ a, b }: System): Tensor {
  const u = cholesky(a);
  return backSubstitute(u, forwardSubstitute(u, b));
}

/** dX = A⁻¹ (dB - dA X): the cotangent of B solves with the same factor. */
const solveSystem = customVjp<System>(substitute, (ct, { a, b }) => {
  const x = solve(a, b);
  const bBar = solve(a, ct);
  const outer = (p: Tensor, q: Tensor) => matmul(p, q, { transposeB: true });
  // On the diagonal both products are the derivative in the same cell, so it counts half.
  const symmetric = upperTriangle(add(outer(bBar, x), outer(x, bBar)), 0.5);
  return { a: neg(symmetric), b: bBar };
});

/**
 * X with A X = B for symmetric positive definite A, `[…,k,k]` and `[…,k,m]` to `[…,k,m]`, by
 * Cholesky factors. Only the upper triangle of `a` is read, and only its cells have a derivative,
 * that of a symmetric matrix. A matrix that is not positive definite gives NaN. Throws a ShapeError
 * if the shapes do not fit.
 *
 * The relative error is about the condition of A times one rounding, whatever the scale of its rows:
 * a factorisation is as exact as A itself, whose entries are rounded. With f32 and conditions of 1e6
 * results are right to about 1 %, as for rows of an ALS that have fewer clicks of weight 1e6
 * than factors; from 1e7 on use `reference`.
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  const [left, right] = [expectTensor('solve', a, 0).shape, expectTensor('solve', b, 1).shape];
  const batch = left.slice(0, -2);
  const [k, square] = left.slice(-2);
  const fits = left.length >= 2 && k === square && right.length === left.length;
  if (!fits || !sameShape([...batch, k], right.slice(0, -1))) {
    const mend = right.length === left.length - 1 ? `; make b [${right.join(',')},1]` : '';
    throw new ShapeError(
      `solve: expected a […,k,k] and b […,k,m], got ${showShape(left)} and ${showShape(right)}${mend}`,
    );
  }
  return solveSystem({ a, b });
}
