/** @file Jacobians and Hessians, of functions of tensors or trees: a reverse sweep for each cell. */

import { full } from '../ops/constant.ts';
import { stack } from '../ops/shapes.ts';
import { identity, reshape } from '../ops/view.ts';
import { expectFunction } from '../tape/options.ts';
import { Tensor } from '../tape/tensor.ts';
import { copyOfTree, leaves, rebuild, type Tree, withLeaves } from '../tape/tree.ts';
import { backward } from './backward.ts';
import { grad } from './grad.ts';

/** A tree of the structure of `R` with a tree `T` in place of each tensor. */
export type InEach<R, T> = R extends Tensor
  ? T
  : { readonly [name in keyof R]: InEach<R[name], T> };

/**
 * The Jacobian of a function: `[...result, ...x]` for tensors. For trees it has the structure of the
 * result, with a tree like `x` in place of each tensor, as jax.jacobian.
 */
export function jacobian(fn: (x: Tensor) => Tensor): (x: Tensor) => Tensor;
export function jacobian<T extends Tree, R extends Tree>(fn: (x: T) => R): (x: T) => InEach<R, T>;
export function jacobian(fn: (x: Tensor) => Tensor): (x: Tensor) => Tree {
  expectFunction('jacobian', fn);
  return (x: Tree) => {
    const source = rebuild(x, leaves(x, 'jacobian').map(identity));
    const value: Tree = fn(copyOfTree(source) as Tensor);
    const results = leaves(value, 'jacobian: the result of fn');
    return withLeaves(
      value,
      results.map((result) => slopes(result, source)),
    );
  };
}

/** The derivative of one result in each tensor of the sources. */
function slopes(result: Tensor, sources: Tree): Tree {
  const list = leaves(sources);
  const rows = Array.from({ length: result.size }, (_, i) =>
    backward([result], [reshape(unit(result.size, i), result.shape)], list),
  );
  const blocks = list.map((source, which) => {
    const shape = [...result.shape, ...source.shape];
    if (rows.length === 0) return full(shape, 0);
    return reshape(stack(rows.map((row) => row[which])), shape);
  });
  return rebuild(sources, blocks);
}

const unit = (size: number, i: number): Tensor => {
  const host = new Float64Array(size);
  host[i] = 1;
  return Tensor.leaf([size], 'real', { host });
};

/**
 * The Hessian of a scalar function: `[...x, ...x]` for a tensor, and for a tree one tree like it in
 * place of each tensor. Throws a ShapeError if the value is no scalar.
 */
export function hessian(fn: (x: Tensor) => Tensor): (x: Tensor) => Tensor;
export function hessian<T extends Tree>(fn: (x: T) => Tensor): (x: T) => InEach<T, T>;
export function hessian(fn: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  return jacobian(grad(fn));
}
