/** @file The forward-mode check of a hypergradient: one direction through the same run. */

import type { Device } from '../devices/device.ts';
import { defaultDevice } from '../devices/open.ts';
import { dropUploads, release } from '../run/buffers.ts';
import { compile, readAll } from '../run/evaluate.ts';
import type { Tree } from '../tape/tree.ts';
import { jvp } from '../transforms/grad.ts';
import { type BilevelProblem, batchOf, blocksOf, type NoData, readoutOf } from './problem.ts';

/**
 * The derivative of the objective along `direction` by forward mode through the same run: equal to
 * the inner product of the exact hypergradient with it, by rules applied the other way round.
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
  const device = options.device ?? (await defaultDevice());
  type Pair = { readonly value: S; readonly tangent: S };
  const { inputs, steps } = problem;
  const blocks = blocksOf(problem);
  const start = compile((at: I, along: I): Pair => jvp((x: I) => problem.init(x), at, along), {
    device,
  });
  const next = compile(
    (pair: Pair, at: I, along: I, batch: B): Pair =>
      jvp(
        (x: { state: S; inputs: I }) => problem.step(x.state, x.inputs, batch),
        { state: pair.value, inputs: at },
        { state: pair.tangent, inputs: along },
      ),
    { device },
  );
  const end = compile(
    (pair: Pair, at: I, along: I, block: D) =>
      jvp(
        (x: { state: S; inputs: I }) =>
          problem.objective(readoutOf(problem, x.state, x.inputs), x.inputs, block),
        { state: pair.value, inputs: at },
        { state: pair.tangent, inputs: along },
      ),
    { device },
  );
  let pair = await start(inputs, direction);
  for (let step = 0; step < steps; step++) {
    const batch = batchOf(problem, step);
    const after = await next(pair, inputs, direction, batch);
    await dropUploads(device, batch);
    release(pair);
    pair = after;
  }
  let value = 0;
  let derivative = 0;
  for (const block of blocks) {
    const part = await end(pair, inputs, direction, block);
    const [[partValue], [partTangent]] = await readAll([part.value, part.tangent], { device });
    value += partValue;
    derivative += partTangent;
    release(part);
  }
  release(pair);
  return { value, derivative };
}
