/** @file Functions whose derivative is given: `customVjp`, `recomputed`. */

import { stopGradient } from '../ops/view.ts';
import { define } from '../tape/primitive.ts';
import type { Tensor } from '../tape/tensor.ts';
import { expectSameTree, leaves, mapTree, rebuild, type Tree } from '../tape/tree.ts';
import { vjp } from './grad.ts';

const customOf = define<{ rule: CustomRule }>({
  name: 'custom',
  family: 'view',
  alias: true,
  shape: ([value]) => value,
  cell: (position, [value]) => value.read(position),
  vjp: (ct, _out, [, ...xs], { rule }) => [null, ...rule(ct, xs)],
});

type CustomRule = (ct: Tensor, inputs: readonly Tensor[]) => readonly Tensor[];

/**
 * `fn` with a derivative that is given: `rule` takes the cotangent of the result and the argument,
 * and gives the cotangent of the argument. Higher orders differentiate the rule. The derivative
 * throws a ShapeError if the rule gives another tree than the argument.
 */
export function customVjp<T extends Tree = Tensor>(
  fn: (x: T) => Tensor,
  rule: (ct: Tensor, x: T) => T,
): (x: T) => Tensor {
  return (x) => {
    const value = fn(mapTree(stopGradient, x));
    const flatRule: CustomRule = (ct, inputs) => {
      const result = rule(ct, rebuild(x, inputs));
      expectSameTree('customVjp: rule', x, result);
      return leaves(result);
    };
    return customOf([value, ...leaves(x)], { rule: flatRule });
  };
}

/**
 * `fn`, whose derivative computes it again instead of keeping its intermediate values. A plan
 * computes equal operations once, so this helps only a plan that does not also compute the value,
 * such as the reverse step of a training.
 */
export const recomputed = <T extends Tree = Tensor>(fn: (x: T) => Tensor): ((x: T) => Tensor) =>
  customVjp(fn, (ct, x) => vjp(fn, x).pullback(ct));
