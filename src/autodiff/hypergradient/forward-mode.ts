/**
 * @file Forward mode through training (real-time recurrent learning; Franceschi et al. 2017): the
 * tangent of the state along a direction x' in the inputs goes with the state,
 *
 *     θ'_0 = ∂init/∂x x'      θ'_{t+1} = ∂Φ_t/∂θ θ'_t + ∂Φ_t/∂x x'      f' = ∂f/∂θ θ'_L + ∂f/∂x x'
 *
 * No state is kept but the last, and one tangent for each direction.
 */

import type { Device } from '../devices/device.ts';
import { dropUploads, release } from '../run/buffers.ts';
import { compile, readAll } from '../run/evaluate.ts';
import { Turns } from '../run/turns.ts';
import { type Tensor, tensor } from '../tape/tensor.ts';
import { expectSameKinds, type Tree } from '../tape/tree.ts';
import { withoutRecomputing } from '../transforms/custom.ts';
import { jvp } from '../transforms/grad.ts';
import type { RunOptions } from './estimators/estimator.ts';
import { type BilevelProblem, batchOf, blocksOf, readoutOf } from './problem.ts';

/** The objective after training, its slopes along the directions, and the state, on the device. */
export interface ForwardMode<S extends Tree> {
  readonly value: number;
  readonly slopes: number[];
  readonly state: S;
}

/** Trains once with the tangents of all directions. */
export async function forwardMode<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  directions: readonly I[],
  { device, onProgress, signal }: RunOptions,
): Promise<ForwardMode<S>> {
  const { inputs, steps } = problem;
  const run = compiledRun(problem, device);
  const turns = new Turns(signal);
  const tangents: S[] = [];
  let state = await run.start(inputs);
  try {
    for (const direction of directions) tangents.push(await run.startTangent(inputs, direction));
    for (let step = 0; step < steps; step++) {
      const next = await takeStep(problem, run, step, { state, tangents, directions, device });
      release(state);
      state = next;
      onProgress?.('forward', step + 1, steps);
      await turns.pass();
    }
    const ends = await objectiveAlong(problem, run, { state, tangents, directions, device });
    return { ...ends, state };
  } catch (error) {
    release(state);
    throw error;
  } finally {
    release(tangents);
    await dropUploads(device, [...directions]);
  }
}

/** A state and its tangents, one along each direction. */
interface Front<S extends Tree, I extends Tree> {
  readonly state: S;
  readonly tangents: S[];
  readonly directions: readonly I[];
  readonly device: Device;
}

/** Replaces the tangents by those of the next state, which it returns. */
async function takeStep<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  run: CompiledRun<S, I, R, B, D>,
  step: number,
  { state, tangents, directions, device }: Front<S, I>,
): Promise<S> {
  const { inputs } = problem;
  const [batch, t] = [batchOf(problem, step), tensor(step)];
  try {
    for (const [i, direction] of directions.entries()) {
      const after = await run.tangent(state, tangents[i], inputs, direction, batch, t);
      release(tangents[i]);
      tangents[i] = after;
    }
    return await run.next(state, inputs, batch, t);
  } finally {
    await dropUploads(device, [batch, t]);
  }
}

async function objectiveAlong<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  run: CompiledRun<S, I, R, B, D>,
  { state, tangents, directions, device }: Front<S, I>,
) {
  const { inputs } = problem;
  let value = 0;
  const slopes = directions.map(() => 0);
  for (const block of blocksOf(problem)) {
    value += await numberOf(run.value(state, inputs, block), device);
    for (const [i, direction] of directions.entries()) {
      slopes[i] += await numberOf(run.slope(state, tangents[i], inputs, direction, block), device);
    }
  }
  return { value, slopes };
}

/** The number of a scalar, which is released. */
async function numberOf(scalar: Promise<Tensor>, device: Device): Promise<number> {
  const result = await scalar;
  const [[number]] = await readAll(result, { device });
  release(result);
  return number;
}

type CompiledRun<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
> = ReturnType<typeof compiledRun<S, I, R, B, D>>;

/** The functions of a problem and their derivatives along a direction, compiled. */
function compiledRun<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(problem: BilevelProblem<S, I, R, B, D>, device: Device) {
  type Point = { readonly state: S; readonly inputs: I };
  const compiled = <A extends readonly Tree[], T extends Tree>(fn: (...args: A) => T) =>
    compile((...args: A) => withoutRecomputing(() => fn(...args)), { device });
  const init = (x: I) => problem.init(x);
  const objective = ({ state, inputs }: Point, block: D) =>
    problem.objective(readoutOf(problem, state, inputs), inputs, block);
  return {
    start: compiled((at: I): S => problem.init(at)),
    startTangent: compiled((at: I, along: I): S => jvp(init, at, along).tangent),
    next: compiled((state: S, at: I, batch: B, t: Tensor): S => {
      const after = problem.step(state, at, batch, t);
      expectSameKinds('step: the state it returns', state, after);
      return after;
    }),
    tangent: compiled((state: S, tangent: S, at: I, along: I, batch: B, t: Tensor): S => {
      const step = (x: Point) => problem.step(x.state, x.inputs, batch, t);
      return jvp(step, { state, inputs: at }, { state: tangent, inputs: along }).tangent;
    }),
    value: compiled((state: S, at: I, block: D) => objective({ state, inputs: at }, block)),
    slope: compiled((state: S, tangent: S, at: I, along: I, block: D): Tensor => {
      const part = (x: Point) => objective(x, block);
      return jvp(part, { state, inputs: at }, { state: tangent, inputs: along }).tangent;
    }),
  };
}
