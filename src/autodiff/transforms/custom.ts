/** @file Functions with a derivative of their own: `customVjp`, `recomputed`. */

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
  cell: (at, [value]) => value.read(at),
  vjp: (ct, _out, [, ...xs], { rule }) => [null, ...rule(ct, xs)],
});

type CustomRule = (ct: Tensor, inputs: readonly Tensor[]) => readonly Tensor[];

/**
 * `fn` with its own derivative: `rule` takes the cotangent of the result and the argument and
 * gives the cotangent of the argument. The rule is differentiated in turn for higher orders.
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
 * `fn`, computed again where it is differentiated: what it holds on the way is then not kept for
 * the derivative. A plan computes equal operations once, so that this only helps one that does
 * not give the value itself, such as the reverse step of a run.
 */
export const recomputed = <T extends Tree = Tensor>(fn: (x: T) => Tensor): ((x: T) => Tensor) =>
  customVjp(fn, (ct, x) => vjp(fn, x).pullback(ct));
