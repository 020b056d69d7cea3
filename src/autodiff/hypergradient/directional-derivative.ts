/** @file The forward-mode check of a hypergradient: one direction through the same run. */

import type { Device } from '../devices/device.ts';
import { defaultDevice } from '../devices/open.ts';
import { dropUploads, release } from '../run/buffers.ts';
import { compile, deviceOptions, readAll } from '../run/evaluate.ts';
import { expectOptions } from '../tape/options.ts';
import { type Tensor, tensor } from '../tape/tensor.ts';
import { expectSameTree, type Tree } from '../tape/tree.ts';
import { withoutRecomputing } from '../transforms/custom.ts';
import { jvp } from '../transforms/grad.ts';
import { checkedProblem } from './checked.ts';
import { type BilevelProblem, batchOf, blocksOf, type NoData, readoutOf } from './problem.ts';

/**
 * The derivative of the objective along `direction` by forward mode through the same run: equal to
 * the inner product of the exact hypergradient with it, by rules applied the other way round.
 * `recomputed` functions are differentiated operation by operation here. Throws a ShapeError if the
 * direction is another tree than the inputs.
 */
export async function directionalDerivative<
  S extends Tree,
  I extends Tree,
  R extends Tree = S,
  B extends Tree = NoData,
  D extends Tree = NoData,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  direction: I,
  options: { device?: Device } = {},
): Promise<{ value: number; derivative: number }> {
  expectOptions('directionalDerivative', options, deviceOptions);
  const checked = checkedProblem(problem);
  const { inputs } = checked;
  expectSameTree('directionalDerivative: direction', inputs, direction);
  const device = options.device ?? (await defaultDevice());
  const { start, next, end } = tangentRun(checked, device);
  let pair = await start(inputs, direction);
  for (let step = 0; step < checked.steps; step++) {
    const batch = batchOf(checked, step);
    const t = tensor(step);
    const after = await next(pair, inputs, direction, batch, t);
    await dropUploads(device, [batch, t]);
    release(pair);
    pair = after;
  }
  let value = 0;
  let derivative = 0;
  for (const block of blocksOf(checked)) {
    const part = await end(pair, inputs, direction, block);
    const [[partValue], [partTangent]] = await readAll([part.value, part.tangent], { device });
    value += partValue;
    derivative += partTangent;
    release(part);
  }
  release(pair);
  return { value, derivative };
}

/** The functions of a problem and their derivatives along a direction, compiled. */
function tangentRun<S extends Tree, I extends Tree, R extends Tree, B extends Tree, D extends Tree>(
  problem: BilevelProblem<S, I, R, B, D>,
  device: Device,
) {
  type Pair = { readonly value: S; readonly tangent: S };
  type Point = { readonly state: S; readonly inputs: I };
  const compiled = <A extends readonly Tree[], T extends Tree>(fn: (...args: A) => T) =>
    compile((...args: A) => withoutRecomputing(() => fn(...args)), { device });
  const along = (pair: Pair, at: I, direction: I): [Point, Point] => [
    { state: pair.value, inputs: at },
    { state: pair.tangent, inputs: direction },
  ];
  return {
    start: compiled((at: I, direction: I): Pair => jvp((x: I) => problem.init(x), at, direction)),
    next: compiled((pair: Pair, at: I, direction: I, batch: B, t: Tensor): Pair => {
      const [point, tangent] = along(pair, at, direction);
      const step = (x: Point) => problem.step(x.state, x.inputs, batch, t);
      const after = jvp(step, point, tangent);
      expectSameTree('step: the state it returns', pair.value, after.value);
      return after;
    }),
    end: compiled((pair: Pair, at: I, direction: I, block: D) => {
      const objective = (x: Point) =>
        problem.objective(readoutOf(problem, x.state, x.inputs), x.inputs, block);
      return jvp(objective, ...along(pair, at, direction));
    }),
  };
}
