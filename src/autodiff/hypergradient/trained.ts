/** @file A training run to its end, and the derivative of the objective there. */

import { leavesOf } from '../run/buffers.ts';
import { type Buffers, Owned } from '../run/owned.ts';
import { leaves, type Tree } from '../tape/tree.ts';
import type { Hypergradient, RunOptions } from './estimators/estimator.ts';
import { CompiledObjective } from './objective.ts';
import type { BilevelProblem } from './problem.ts';
import { TrainingRun } from './training.ts';

/** The end of a training run, on a device. Its buffers belong to the run. */
export interface Trained<S extends Tree, I extends Tree, B extends Tree> {
  readonly training: TrainingRun<S, I, B>;
  readonly owned: Owned;
  /** θ_L. */
  readonly last: Buffers;
  /** θ_{L-1}; undefined where there are no steps. */
  readonly before?: Buffers;
  readonly atLast: Slopes;
  /** The objective at another state. */
  differentiate(state: Buffers): Promise<Slopes>;
}

/** The value of the objective and its derivatives at a state. */
export interface Slopes {
  readonly value: number;
  /** ∂f/∂θ. */
  readonly adjoint: Buffers;
  /** ∂f/∂x at a constant θ. */
  readonly direct: Buffers;
}

/** What an estimator that starts from the trained state adds to it. */
interface Estimated {
  /** The buffers of the gradient; they pass to the caller. */
  readonly gradient: Buffers;
  readonly heldStates?: number;
}

/**
 * Trains, differentiates the objective at the trained state and lets `estimate` make the gradient
 * of these. `again` is how many of the last steps may be taken again.
 */
export async function fromTrained<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
  E extends Estimated,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  options: RunOptions & { readonly again?: number },
  estimate: (trained: Trained<S, I, B>) => Promise<E>,
): Promise<{ readonly result: Hypergradient<S, I>; readonly estimated: E }> {
  const { device, onProgress, signal, again = 0 } = options;
  const owned = new Owned(device);
  const training = await TrainingRun.open(problem, problem.inputs, device, {
    depth: again,
    signal,
  });
  const objective = new CompiledObjective(problem, training);
  try {
    const { last, before } = await lastTwo(training, owned, problem.steps, onProgress);
    const width = leaves(training.like).length;
    const blocks = (done: number, total: number) => onProgress?.('objective', done, total);
    const differentiate = async (at: Buffers, onBlock?: typeof blocks): Promise<Slopes> => {
      const { turns } = training;
      const { value, adjoint } = await objective.differentiate(at, owned, turns, onBlock);
      return { value, adjoint: adjoint.slice(0, width), direct: adjoint.slice(width) };
    };
    const atLast = await differentiate(last, blocks);
    const { value } = atLast;
    const estimated = await estimate({ training, owned, last, before, atLast, differentiate });
    const { gradient, heldStates = 0 } = estimated;
    owned.giveAway([...last, ...gradient]);
    const cost = { forwardSteps: problem.steps, heldStates };
    const state = leavesOf(device, training.like, last);
    const result = { value, gradient: leavesOf(device, problem.inputs, gradient), state, cost };
    return { result, estimated };
  } finally {
    owned.freeAll();
    objective.close();
    training.close();
  }
}

/** θ_{L-1} and θ_L. */
async function lastTwo<S extends Tree, I extends Tree, B extends Tree>(
  training: TrainingRun<S, I, B>,
  owned: Owned,
  steps: number,
  onProgress: RunOptions['onProgress'],
): Promise<{ last: Buffers; before?: Buffers }> {
  let done = 0;
  const onStep = () => onProgress?.('forward', ++done, steps);
  const start = owned.keep(await training.init());
  if (steps === 0) return { last: start };
  const before = await training.advance(start, { from: 0, to: steps - 1 }, owned, onStep);
  if (before !== start) owned.free(start);
  return {
    before,
    last: await training.advance(before, { from: steps - 1, to: steps }, owned, onStep),
  };
}
