/** @file Transforms of functions, as in JAX; each result is graph again, so they compose. */

import { add, mul, sum } from '../ops/broadcasting.ts';
import { full, zerosLike } from '../ops/constant.ts';
import { concat, identity, reshape } from '../ops/view.ts';
import { ShapeError, showShape } from '../tape/shape.ts';
import { Tensor } from '../tape/tensor.ts';
import { expectSameTree, leaves, mapTree, rebuild, type Tree } from '../tape/tree.ts';
import { backward } from './backward.ts';

/** Fresh nodes for the arguments, so that only uses inside the function are differentiated. */
const fresh = <T extends Tree>(tree: T): T => mapTree(identity, tree);

function expectScalar(name: string, value: Tensor): void {
  if (value.shape.length > 0) {
    throw new ShapeError(`${name}: expected a scalar result, got ${showShape(value.shape)}`);
  }
}

/** The value of a scalar function and its gradient in its first argument. */
export function valueAndGrad<T extends Tree = Tensor, Rest extends readonly unknown[] = []>(
  fn: (x: T, ...rest: Rest) => Tensor,
): (x: T, ...rest: Rest) => { value: Tensor; gradient: T } {
  return (x, ...rest) => {
    const source = fresh(x);
    const value = fn(source, ...rest);
    expectScalar('grad', value);
    const gradient = backward([value], [full([], 1)], leaves(source));
    return { value, gradient: rebuild(x, gradient) };
  };
}

/** The gradient of a scalar function in its first argument, a tensor or a tree of them. */
export function grad<T extends Tree = Tensor, Rest extends readonly unknown[] = []>(
  fn: (x: T, ...rest: Rest) => Tensor,
): (x: T, ...rest: Rest) => T {
  const both = valueAndGrad(fn);
  return (x, ...rest) => both(x, ...rest).gradient;
}

/** The value of a function and its pullback: from a cotangent of the value to one of `x`. */
export function vjp<T extends Tree, R extends Tree>(
  fn: (x: T) => R,
  x: T,
): { value: R; pullback: (ct: R) => T } {
  const source = fresh(x);
  const value = fn(source);
  const pullback = (ct: R): T => {
    expectSameTree('vjp: cotangent', value, ct);
    return rebuild(x, backward(leaves(value), leaves(ct), leaves(source)));
  };
  return { value, pullback };
}

/**
 * The value of a function and its derivative along `tangent`. A pullback is linear, so its own
 * pullback is the derivative forwards: no second set of rules.
 */
export function jvp<T extends Tree, R extends Tree>(
  fn: (x: T) => R,
  x: T,
  tangent: T,
): { value: R; tangent: R } {
  expectSameTree('jvp: tangent', x, tangent);
  const { value, pullback } = vjp(fn, x);
  return { value, tangent: vjp(pullback, zerosLike(value)).pullback(tangent) };
}

const inner = (a: Tree, b: Tree): Tensor => {
  const others = leaves(b);
  return leaves(a)
    .map((leaf, i) => sum(mul(leaf, others[i])))
    .reduce((total, part) => add(total, part));
};

/** The Hessian of a scalar function times a direction, at the cost of two gradients. */
export function hvp<T extends Tree>(fn: (x: T) => Tensor, x: T, direction: T): T {
  expectSameTree('hvp: direction', x, direction);
  return grad((at: T) => inner(grad(fn)(at), direction))(x);
}

/** The Jacobian `[...result, ...x]` of a function of one tensor, one reverse sweep a cell. */
export function jacobian(fn: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  return (x) => {
    const { value, pullback } = vjp(fn, x);
    const rows = Array.from({ length: value.size }, (_, i) =>
      reshape(pullback(reshape(unit(value.size, i), value.shape)), [1, x.size]),
    );
    const matrix = rows.reduce((stacked, row) => concat(stacked, row, 0));
    return reshape(matrix, [...value.shape, ...x.shape]);
  };
}

const unit = (size: number, i: number): Tensor => {
  const host = new Float64Array(size);
  host[i] = 1;
  return Tensor.leaf([size], 'real', { host });
};

/** The Hessian `[...x, ...x]` of a scalar function of one tensor. */
export function hessian(fn: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  return jacobian(grad(fn));
}
