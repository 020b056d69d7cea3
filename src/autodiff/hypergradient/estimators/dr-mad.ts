/**
 * @file `drMad`: the reverse sweep over the straight line from θ_0 to θ_L (Fu et al. 2016),
 *
 *     θ_t ≈ (1 - t/L) θ_0 + (t/L) θ_L      α_t = α_{t+1} ∂Φ_t/∂θ(θ_t),   g += α_{t+1} ∂Φ_t/∂X̂(θ_t)
 *
 * which holds no state of the training but the two ends. Addresses have no line between them: a step
 * must hand on those of the state as they are.
 */

import type { Device } from '../../devices/device.ts';
import { add, mul, sub } from '../../ops/broadcasting.ts';
import { prepare, Replay } from '../../run/computation.ts';
import type { Buffers } from '../../run/owned.ts';
import { cotangentsLike, placeholders } from '../../run/trace.ts';
import { expectNothing } from '../../tape/options.ts';
import { tensor } from '../../tape/tensor.ts';
import { leafPaths, leaves, mapTree, type Tree } from '../../tape/tree.ts';
import { MethodError } from '../checkpoints.ts';
import type { BilevelProblem } from '../problem.ts';
import { fromTrained } from '../trained.ts';
import type { Estimator, Hypergradient, RunOptions } from './estimator.ts';

/**
 * Distilling reverse mode: as `exact`, at states on the line from the first to the last. Throws a
 * MethodError where a step changes addresses that are in the state.
 */
export function drMad(...none: readonly []): Estimator {
  expectNothing('drMad', none);
  return { name: 'drMad()', estimate };
}

async function estimate<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(given: BilevelProblem<S, I, R, B, D>, run: RunOptions): Promise<Hypergradient<S, I>> {
  const { device, onProgress } = run;
  const problem = withSameAddresses(given);
  const { steps } = problem;
  const options = { ...run, again: steps };
  const { result } = await fromTrained(problem, options, async (trained) => {
    const { training, owned, last, atLast } = trained;
    const start = owned.keep(await training.init());
    const line = await Line.bind(device, training.like);
    try {
      let adjoint: Buffers = [...atLast.adjoint, ...atLast.direct];
      for (let t = steps - 1; t >= 0; t--) {
        const state = owned.keep(await line.at(t / steps, start, last));
        const before = owned.keep(await training.step.back(t, state, adjoint));
        owned.free([...state, ...adjoint]);
        adjoint = before;
        onProgress?.('backward', steps - t, steps);
        await training.turns.pass();
      }
      const gradient = owned.keep(await training.throughInit(adjoint));
      return { gradient, heldStates: 2 };
    } finally {
      line.release();
    }
  });
  return result;
}

/** The problem, whose step throws a MethodError where it does not hand on a state's addresses. */
const withSameAddresses = <
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(
  problem: BilevelProblem<S, I, R, B, D>,
): BilevelProblem<S, I, R, B, D> => ({
  ...problem,
  step: (state, ...rest) => {
    const next = problem.step(state, ...rest);
    const [before, after] = [leaves(state), leaves(next)];
    const changed = before.findIndex(({ kind }, i) => kind === 'index' && after[i] !== before[i]);
    if (changed < 0) return next;
    throw new MethodError(
      `drMad: step changes state.${leafPaths(state)[changed]}, which holds addresses: there are none ` +
        'between those of two states: hand it on as it is, take it from batch, or use exact',
    );
  },
});

/** The points between two states. */
class Line {
  private constructor(
    private readonly device: Device,
    private readonly mixed: Replay,
  ) {}

  static async bind(device: Device, like: Tree): Promise<Line> {
    const [from, to] = [cotangentsLike(like), cotangentsLike(like)];
    const share = placeholders(tensor(0), 'the share');
    const point = mapTree((a, b) => add(a, mul(share, sub(b, a))), from, to);
    return new Line(device, await Replay.bind(device, prepare(point, [share, from, to])));
  }

  async at(share: number, from: Buffers, to: Buffers): Promise<Buffers> {
    const uploaded = await this.device.upload(Float64Array.of(share), 'real');
    try {
      return await this.mixed.run([uploaded, ...from, ...to]);
    } finally {
      this.device.free(uploaded);
    }
  }

  release(): void {
    this.mixed.release();
  }
}
