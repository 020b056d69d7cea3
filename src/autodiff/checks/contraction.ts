/** @file Scalar functions that contain a derivative of some order, contracted at random. */

import { abs, add, maximum, mul, sum } from '../ops/broadcasting.ts';
import { ShapeError } from '../tape/shape.ts';
import { showValue } from '../tape/show-value.ts';
import { Tensor } from '../tape/tensor.ts';
import { copyOfTree, leaves, type Tree } from '../tape/tree.ts';
import { grad } from '../transforms/grad.ts';
import { type Draw, largestCell } from './random-cells.ts';

/** A scalar function that is a sum of weighted terms. */
export interface Contraction<T> {
  value(x: T): Tensor;
  /** The sum of the absolute terms, what rounding of the value is relative to. */
  magnitude(x: T): Tensor;
  /** At most the sum of the absolute weights, once the value was traced. */
  weights(): number;
}

/** `fn` itself where it is a scalar, else its result contracted with a random cotangent. */
export function contracted<T extends Tree>(fn: (x: T) => Tensor, draw: Draw): Contraction<T> {
  let weight: Tensor | undefined;
  const terms = (x: T): Tensor => {
    const result = fn(copyOfTree(x));
    if (!(result instanceof Tensor)) {
      throw new ShapeError(`checkGradients: expected a tensor of fn, got ${showValue(result)}`);
    }
    weight ??= draw(result.shape);
    return result.shape.length === 0 ? result : mul(result, weight);
  };
  return {
    value: (x) => sum(terms(x)),
    magnitude: (x) => sum(abs(terms(x))),
    weights: () => largestCell * (weight?.size ?? 1),
  };
}

/** The gradient of a contraction, contracted with a random direction of the shapes of `at`. */
export function alongDirection<T extends Tree>(
  contraction: Contraction<T>,
  at: T,
  draw: Draw,
): Contraction<T> {
  const direction = leaves(at).map((leaf) => draw(leaf.shape));
  const terms = (x: T): Tensor[] => {
    const gradient = leaves(grad(contraction.value)(x));
    return gradient
      .map((g, i) => mul(g, direction[i]))
      .filter((_, i) => leaves(at)[i].kind === 'real');
  };
  const total = (parts: Tensor[]) => parts.map((part) => sum(part)).reduce((a, b) => add(a, b));
  return {
    value: (x) => total(terms(x)),
    // Derivatives are made of values, so the terms of the order below count as well.
    magnitude: (x) => maximum(total(terms(x).map((part) => abs(part))), contraction.magnitude(x)),
    weights: () => largestCell * direction.reduce((cells, { size }) => cells + size, 0),
  };
}
