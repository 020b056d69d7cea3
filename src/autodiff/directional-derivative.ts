/** @file The forward-mode check of a hypergradient: one direction through the same run. */

import type { Device } from './devices/device.ts';
import { defaultDevice } from './devices/open.ts';
import { compile } from './evaluate.ts';
import type { BilevelProblem } from './hypergradient.ts';
import { readoutOf, readScalar } from './objective.ts';
import { dropUploads, release } from './programs.ts';
import { jvp } from './transforms.ts';
import type { Tree } from './tree.ts';
import { noBatch } from './unroll.ts';

/**
 * The derivative of the objective along `direction` by forward mode through the same run: equal to
 * the inner product of the exact hypergradient with it, by rules applied the other way round.
 */
export async function directionalDerivative<S extends Tree, I extends Tree, R extends Tree = S>(
  problem: BilevelProblem<S, I, R>,
  direction: I,
  options: { device?: Device } = {},
): Promise<{ value: number; derivative: number }> {
  const device = options.device ?? (await defaultDevice());
  type Pair = { readonly value: S; readonly tangent: S };
  const { inputs, steps, blocks = [noBatch] } = problem;
  const start = compile((at: I, along: I): Pair => jvp((x: I) => problem.init(x), at, along), {
    device,
  });
  const next = compile(
    (pair: Pair, at: I, along: I, batch: Tree): Pair =>
      jvp(
        (x: { state: S; inputs: I }) => problem.step(x.state, x.inputs, batch),
        { state: pair.value, inputs: at },
        { state: pair.tangent, inputs: along },
      ),
    { device },
  );
  const end = compile(
    (pair: Pair, at: I, along: I, block: Tree) =>
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
    const batch = problem.batch?.(step) ?? noBatch;
    const after = await next(pair, inputs, direction, batch);
    await dropUploads(device, batch);
    release(pair);
    pair = after;
  }
  let value = 0;
  let derivative = 0;
  for (const block of blocks) {
    const part = await end(pair, inputs, direction, block);
    value += await readScalar(device, part.value);
    derivative += await readScalar(device, part.tangent);
    release(part);
  }
  release(pair);
  return { value, derivative };
}
