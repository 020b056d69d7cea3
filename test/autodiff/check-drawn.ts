/** @file Checks derivatives at a drawn point, which may have no cells. */

import * as assert from 'uvu/assert';
import {
  add,
  checkGradients,
  evaluate,
  grad,
  type Shape,
  sum,
  type Tensor,
} from '../../src/autodiff/index.ts';

type Fn = (inputs: readonly Tensor[]) => Tensor;

/**
 * `checkGradients` up to an order. Where the inputs have no cells the function and its derivatives
 * are computed, each as large as what it is a derivative in.
 */
export async function checkDrawn(
  fn: Fn,
  inputs: readonly Tensor[],
  { order }: { readonly order: 1 | 2 | 3 },
): Promise<void> {
  if (inputs.some(({ size }) => size > 0)) {
    await checkGradients(fn, inputs, { order });
    return;
  }
  const shapesOf = (list: readonly Tensor[]): Shape[] => list.map(({ shape }) => shape);
  let current: Fn = fn;
  for (let level = 1; level <= order; level++) {
    const lower = current;
    const gradient = grad((at: readonly Tensor[]) => sum(lower(at)));
    assert.equal(shapesOf(await evaluate(gradient(inputs))), shapesOf(inputs));
    current = (at) => gradient(at).reduce((total, each) => add(total, sum(each)), sum(lower(at)));
  }
  await evaluate(current(inputs));
}
