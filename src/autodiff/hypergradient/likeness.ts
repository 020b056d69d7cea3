/** @file How one gradient compares with another: direction alone says little, so length is beside it. */

import { ShapeError } from '../tape/shape.ts';
import { dot, norm, plus } from './vectors.ts';

/** An estimate beside the exact gradient. */
export interface Likeness {
  /** ‖estimate - exact‖ / ‖exact‖; NaN where the exact gradient is 0. */
  readonly error: number;
  /** The cosine of the angle between them; NaN where one of them is 0. */
  readonly cosine: number;
  /** ‖estimate‖ / ‖exact‖; NaN where the exact gradient is 0. */
  readonly normRatio: number;
}

/** Compares an estimate with the exact gradient. Throws a ShapeError unless they have one length. */
export function likenessOf(estimate: ArrayLike<number>, exact: ArrayLike<number>): Likeness {
  if (!(estimate?.length >= 0 && estimate.length === exact?.length)) {
    throw new ShapeError(
      `likenessOf: expected two gradients of one length, got ${estimate?.length} and ${exact?.length}`,
    );
  }
  const [size, scale] = [norm(estimate), norm(exact)];
  return {
    error: scale > 0 ? norm(plus(estimate, -1, exact)) / scale : Number.NaN,
    cosine: size > 0 && scale > 0 ? dot(estimate, exact) / size / scale : Number.NaN,
    normRatio: scale > 0 ? size / scale : Number.NaN,
  };
}
