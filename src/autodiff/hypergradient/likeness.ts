/** @file How one gradient compares with another: direction alone says little, so length is beside it. */

import { ShapeError } from '../tape/shape.ts';
import { dot, isOrdinary, scaled, unitOf } from './vectors.ts';

/** An estimate beside the exact gradient. */
export interface Likeness {
  /** ‖estimate - exact‖ / ‖exact‖; NaN where the exact gradient is 0. */
  readonly error: number;
  /** The cosine of the angle between them; NaN where one of them is 0. */
  readonly cosine: number;
  /** ‖estimate‖ / ‖exact‖; NaN where the exact gradient is 0. */
  readonly normRatio: number;
}

/** How an estimate compares with the exact gradient, and how much it has of that. */
export interface Measured extends Likeness {
  /** estimateᵀexact / ‖exact‖²; NaN where the exact gradient is 0. */
  readonly fraction: number;
}

/** Compares an estimate with an exact gradient of as many entries, whose square is `square`. */
export function measured(
  estimate: ArrayLike<number>,
  exact: ArrayLike<number>,
  square: number,
): Measured {
  const sums = sumsOf(estimate, exact);
  if (isOrdinary(square) && isOrdinary(sums.square)) return figuresOf(sums, square);
  const [own, unit] = [unitOf(estimate), unitOf(exact)];
  const common = Math.min(own, unit);
  const inUnit = scaled(unit, exact);
  const { square: ownSquare, product } = sumsOf(scaled(own, estimate), inUnit);
  const { apart } = sumsOf(scaled(common, estimate), scaled(common, exact));
  const found = figuresOf({ square: ownSquare, product, apart }, dot(inUnit, inUnit));
  const ratio = unit / own;
  return {
    error: found.error * (unit / common),
    cosine: found.cosine,
    normRatio: found.normRatio * ratio,
    fraction: found.fraction * ratio,
  };
}

/** The square of an estimate, its product with the exact gradient, and the square of what is between. */
function sumsOf(estimate: ArrayLike<number>, exact: ArrayLike<number>) {
  let [square, product, apart] = [0, 0, 0];
  for (let i = 0; i < exact.length; i++) {
    const t = estimate[i];
    const x = exact[i];
    square += t * t;
    product += t * x;
    apart += (t - x) * (t - x);
  }
  return { square, product, apart };
}

/** What the sums say beside the square of the exact gradient. */
function figuresOf(
  { square: own, product, apart }: ReturnType<typeof sumsOf>,
  square: number,
): Measured {
  return {
    error: square > 0 ? Math.sqrt(apart / square) : Number.NaN,
    cosine: product / Math.sqrt(own) / Math.sqrt(square),
    normRatio: square > 0 ? Math.sqrt(own / square) : Number.NaN,
    fraction: product / square,
  };
}

/** Compares an estimate with the exact gradient. Throws a ShapeError unless they have one length. */
export function likenessOf(estimate: ArrayLike<number>, exact: ArrayLike<number>): Likeness {
  if (!(estimate?.length >= 0 && estimate.length === exact?.length)) {
    throw new ShapeError(
      `likenessOf: expected two gradients of one length, got ${estimate?.length} and ${exact?.length}`,
    );
  }
  const { error, cosine, normRatio } = measured(estimate, exact, dot(exact, exact));
  return { error, cosine, normRatio };
}
