/** @file `solve`: systems with positive definite matrices, differentiated in closed form. */

import { add, div, lessEqual, max, mul, neg, square, where } from '../ops/broadcasting.ts';
import { outer } from '../ops/matmul.ts';
import { backSubstitute, cholesky, forwardSubstitute, upperTriangle } from '../ops/triangular.ts';
import { pad, reshape, slice, stopGradient } from '../ops/view.ts';
import { expectOptions } from '../tape/options.ts';
import { ShapeError, sameShape, showShape } from '../tape/shape.ts';
import { showValue } from '../tape/show-value.ts';
import { expectTensor, type Tensor } from '../tape/tensor.ts';
import { customVjp } from '../transforms/custom.ts';

type System = { readonly a: Tensor; readonly b: Tensor };

/** The diagonals of matrices `[…,k,k]`: `[…,k,1]`. In rows that are longer by one they are a column. */
function diagonals(x: Tensor): Tensor {
  const [k] = x.shape.slice(-1);
  const batch = x.shape.slice(0, -2);
  const none = batch.map(() => 0);
  const flat = pad(reshape(x, [...batch, k * k]), [...none, 0], [...none, k]);
  return slice(reshape(flat, [...batch, k, k + 1]), [...none, 0, 0], [...batch, k, 1]);
}

/**
 * NaN for each matrix whose factor lost too many digits, else 1, `[…,1,1]`. A pivot is the rest of
 * a diagonal entry after subtractions, and is wrong by about a rounding of that entry (Higham,
 * Accuracy and Stability, theorem 10.3): the rounding times entry over pivot is its relative error.
 * Whether that exceeds the tolerance is asked of the device: what is less than a rounding of 1 is
 * lost when it is added to 1.
 */
function trusted(a: Tensor, u: Tensor, tolerance: number): Tensor {
  const growth = div(diagonals(a), square(diagonals(u)));
  const most = max(growth, -2, { keepDims: true });
  return where(lessEqual(add(1, div(tolerance, most)), 1), Number.NaN, 1);
}

const substitution =
  (tolerance: number) =>
  ({ a, b }: System): Tensor => {
    const u = cholesky(a);
    const x = backSubstitute(u, forwardSubstitute(u, b));
    return a.size === 0 ? x : mul(x, stopGradient(trusted(a, u, tolerance)));
  };

/** dX = A⁻¹ (dB - dA X): the cotangent of B solves with the same factor. */
const solveSystem = (tolerance: number): ((system: System) => Tensor) =>
  customVjp<System>(substitution(tolerance), (ct, { a, b }) => {
    const solveAgain = solveSystem(tolerance);
    const x = solveAgain({ a, b });
    const bBar = solveAgain({ a, b: ct });
    // On the diagonal both products are the derivative in the same cell, so it counts half.
    const symmetric = upperTriangle(add(outer(bBar, x), outer(x, bBar)), 0.5);
    return { a: neg(symmetric), b: bBar };
  });

/** Options of `solve`. */
export interface SolveOptions {
  /** The largest relative error, as estimated, that a result may have; 0.1 by default. */
  readonly tolerance?: number;
}

/**
 * X with A X = B for symmetric positive definite A, `[…,k,k]` and `[…,k,m]` to `[…,k,m]`, by
 * Cholesky factors. Only the upper triangle of `a` is read, and only its cells have a derivative,
 * that of a symmetric matrix. A matrix that is not positive definite gives NaN. Throws a ShapeError
 * if the shapes do not fit.
 *
 * The relative error is about the condition of A times one rounding, whatever the scale of its rows:
 * a factorisation is as exact as A itself, whose entries are rounded. It is estimated from the
 * pivots, and a system whose estimate exceeds `tolerance` gives NaN: `reference` has 9 more digits.
 */
export function solve(a: Tensor, b: Tensor, options: SolveOptions = {}): Tensor {
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
  expectOptions('solve', options, ['tolerance']);
  const { tolerance = 0.1 } = options;
  if (!(tolerance > 0))
    throw new RangeError(`solve: expected a tolerance above 0, got ${showValue(tolerance)}`);
  return solveSystem(tolerance)({ a, b });
}
