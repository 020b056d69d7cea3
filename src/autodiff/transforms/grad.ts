/** @file Transforms of functions, as in JAX. Each records further nodes, so they compose. */

import { add, mul, sum } from '../ops/broadcasting.ts';
import { full, zerosLike } from '../ops/constant.ts';
import { identity } from '../ops/view.ts';
import { expectFunction } from '../tape/options.ts';
import { ShapeError } from '../tape/shape.ts';
import type { Tensor } from '../tape/tensor.ts';
import { copyOfTree, describe, expectSameTree, leaves, rebuild, type Tree } from '../tape/tree.ts';
import { backward } from './backward.ts';

/** The arguments as other nodes, so that only uses inside of the function are differentiated. */
const fresh = <T extends Tree>(what: string, tree: T): T =>
  rebuild(tree, leaves(tree, what).map(identity));

/** Throws a ShapeError that names `what` unless a result is a scalar tensor. */
export function expectScalar(what: string, value: Tensor): void {
  const [result] = leaves(value, what);
  if (result !== value || value.shape.length > 0) {
    throw new ShapeError(`${what}: expected a scalar, got ${describe(value)}`);
  }
}

/**
 * The value of a scalar function and its gradient in its first argument, a tensor or a tree. The
 * gradient has the structure of that argument. Throws a ShapeError if the value is no scalar, and a
 * TypeError at the position of another argument, as JAX takes it.
 */
export function valueAndGrad<T extends Tree = Tensor, Rest extends readonly unknown[] = []>(
  fn: (x: T, ...rest: Rest) => Tensor,
  ...more: readonly []
): (x: T, ...rest: Rest) => { value: Tensor; gradient: T } {
  expectFunction('grad', fn);
  // A list's map hands on three arguments, of which the second is no position.
  const [position, ...others]: readonly unknown[] = more;
  if (typeof position === 'number' && others.length === 0) {
    throw new TypeError(
      `grad: got the position ${position}: the first argument is differentiated: take what is to be as one ` +
        'tree there',
    );
  }
  return (x, ...rest) => {
    const source = fresh('grad', x);
    const value = fn(copyOfTree(source), ...rest);
    expectScalar('grad: the result of fn', value);
    const gradient = backward([value], [full([], 1)], leaves(source));
    return { value, gradient: rebuild(source, gradient) };
  };
}

/** The gradient of a scalar function, as `valueAndGrad` gives it. */
export function grad<T extends Tree = Tensor, Rest extends readonly unknown[] = []>(
  fn: (x: T, ...rest: Rest) => Tensor,
  ...more: readonly []
): (x: T, ...rest: Rest) => T {
  const both = valueAndGrad(fn, ...more);
  return (x, ...rest) => both(x, ...rest).gradient;
}

/**
 * The value of a function and its pullback: from a cotangent of the value to one of `x`. The
 * pullback throws a ShapeError at a cotangent of another structure than the value.
 */
export function vjp<T extends Tree, R extends Tree>(
  fn: (x: T) => R,
  x: T,
): { value: R; pullback: (ct: R) => T } {
  expectFunction('vjp', fn);
  const source = fresh('vjp', x);
  const value = fn(copyOfTree(source));
  const results = leaves(value, 'vjp: the result of fn');
  const like = rebuild(value, results);
  const pullback = (ct: R): T => {
    expectSameTree('vjp: cotangent', like, ct);
    return rebuild(source, backward(results, leaves(ct), leaves(source)));
  };
  return { value, pullback };
}

/**
 * The value of a function and its derivative along `tangent`. A pullback is linear, so the pullback
 * of the pullback is the forward derivative, and no second set of rules is needed. Throws a
 * ShapeError if the tangent has another structure than `x`.
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

/** The sum of the products of all cells of two trees of equal shapes. */
export const inner = (a: Tree, b: Tree): Tensor => {
  const others = leaves(b);
  const parts = leaves(a).map((leaf, i) => sum(mul(leaf, others[i])));
  return parts.length > 0 ? parts.reduce((total, part) => add(total, part)) : full([], 0);
};

/**
 * The Hessian of a scalar function times a direction, at the cost of two gradients. Throws a
 * ShapeError if the direction has another structure than `x`, or the value is no scalar.
 */
export function hvp<T extends Tree>(fn: (x: T) => Tensor, x: T, direction: T): T {
  expectSameTree('hvp: direction', x, direction);
  return grad((point: T) => inner(grad(fn)(point), direction))(x);
}
