/**
 * @file The hypergradient in reverse mode: the chain rule through training, from its end.
 *
 * Training takes θ_0 = init(X̂) through θ_{t+1} = Φ_t(θ_t, X̂) to θ_L; the objective is f(θ_L, X̂).
 * With the adjoint α_t = df/dθ_t, the derivative df/dX̂ is g after
 *
 *     α_L = ∂f/∂θ_L               g  = ∂f/∂X̂
 *     α_t = α_{t+1} ∂Φ_t/∂θ_t     g += α_{t+1} ∂Φ_t/∂X̂       for t = L - 1, …, 0
 *                                 g += α_0 ∂init/∂X̂
 *
 * (Tang, Wen & Wang 2020, equations 6 to 8). Stopped after the last τ steps it is equation 9, after
 * none equation 10. A step backwards needs θ_t: the schedule says which states are held and which
 * are computed again.
 */

import { leavesOf } from '../run/buffers.ts';
import { type Buffers, Owned } from '../run/owned.ts';
import { withRoom } from '../run/room.ts';
import { leaves, type Tree } from '../tape/tree.ts';
import {
  type CheckpointOptions,
  expectRoom,
  HeldStates,
  MethodError,
  statesToHold,
} from './checkpoints.ts';
import type { Hypergradient, RunOptions } from './estimators/estimator.ts';
import { CompiledObjective } from './objective.ts';
import type { BilevelProblem } from './problem.ts';
import { type Move, Revolve } from './revolve.ts';
import { Terms, type Watch } from './terms.ts';
import { TrainingRun } from './training.ts';

/** How far back a sweep goes, and what it holds. */
export interface SweepOptions extends RunOptions, CheckpointOptions {
  /** How many of the last steps are differentiated. */
  readonly depth: number;
  /** Whether the first state counts as a function of the inputs. */
  readonly throughInit: boolean;
  /** Is shown each term of g, which are then computed one by one. */
  readonly watch?: Watch;
}

/** The value of the objective after training, and g. Throws a MethodError before it trains. */
export async function reverseSweep<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(problem: BilevelProblem<S, I, R, B, D>, options: SweepOptions): Promise<Hypergradient<S, I>> {
  const { device } = options;
  const owned = new Owned(device);
  const training = await TrainingRun.open(problem, problem.inputs, device, options);
  const objective = new CompiledObjective(problem, training);
  const terms = options.watch && new Terms(training, owned, options.watch);
  try {
    const sweep = new ReverseSweep(problem, training, objective, owned, options, terms);
    const { value, last, g, cost } = await sweep.run();
    owned.giveAway([...last, ...g]);
    const gradient = leavesOf(device, problem.inputs, g);
    return { value, gradient, state: leavesOf(device, training.like, last), cost };
  } finally {
    // What is left here is nobody's, whether the sweep ended or was stopped.
    owned.freeAll();
    objective.close();
    training.close();
  }
}

class ReverseSweep<S extends Tree, I extends Tree, R extends Tree, B extends Tree, D extends Tree> {
  private readonly held: HeldStates;
  private forwardSteps = 0;

  constructor(
    private readonly problem: BilevelProblem<S, I, R, B, D>,
    private readonly training: TrainingRun<S, I, B>,
    private readonly objective: CompiledObjective<S, I, R, D>,
    private readonly owned: Owned,
    private readonly options: SweepOptions,
    private readonly terms?: Terms<S, I, B>,
  ) {
    this.held = new HeldStates(owned);
  }

  async run() {
    const { problem, training, objective, owned, held, terms } = this;
    const { depth, throughInit, onProgress } = this.options;
    const { steps } = problem;
    const start = owned.keep(await training.init());
    const schedule = new Revolve(steps - depth, steps, await this.checkpoints());

    // Forward: θ_0 … θ_L, holding states on the way.
    let state = await this.advance(start, 0, steps - depth);
    if (state !== start) owned.free(start);
    for (const move of schedule.forward()) state = await this.move(move, state);
    const last = await this.advance(state, steps - Math.min(depth, 1), steps);

    // α_L = ∂f/∂θ_L, g = ∂f/∂X̂.
    const blocks = (done: number, total: number) => onProgress?.('objective', done, total);
    const { value, adjoint: first } = await objective.differentiate(
      last,
      owned,
      training.turns,
      blocks,
    );
    await terms?.begin(first);

    // Backward: α_t = α_{t+1} ∂Φ_t/∂θ_t, g += α_{t+1} ∂Φ_t/∂X̂.
    let adjoint = first;
    for (const action of schedule.backward()) {
      if (action.kind !== 'reverse') {
        state = await this.move(action, state);
        continue;
      }
      const t = action.step;
      const from = held.has(t) ? held.get(t) : state;
      const before = owned.keep(await (terms ?? training.step).back(t, from, adjoint));
      owned.free(adjoint);
      adjoint = before;
      if (!held.has(t)) owned.free(from);
      onProgress?.('backward', steps - t, depth);
      await training.turns.pass();
    }

    // g += α_0 ∂init/∂X̂.
    const g = throughInit
      ? owned.keep(await (terms ?? training).throughInit(adjoint))
      : adjoint.slice(leaves(training.like).length);
    const cost = { forwardSteps: this.forwardSteps, heldStates: held.most };
    return { value, last, g, cost };
  }

  /** How many states to hold, once all else is on the device, to see that they fit. */
  private async checkpoints(): Promise<number> {
    const { problem, training, objective, options } = this;
    const { depth, device } = options;
    const like = { state: training.like, inputs: problem.inputs };
    const count = statesToHold(options, depth, like.state, device);
    const pullback = this.terms ? 'shown' : 'summed';
    if (problem.steps > 0) await training.step.ready({ back: depth > 0 ? pullback : undefined });
    await objective.ready();
    if (depth > 0) {
      const expect = () => expectRoom(count, depth, like, device);
      await withRoom(expect, (error) => error instanceof MethodError);
    }
    return Math.max(count, 1);
  }

  /** Goes where the schedule says; returns the state reached last. */
  private async move(move: Move, reached: Buffers): Promise<Buffers> {
    const { held } = this;
    if (move.kind === 'advance') return this.advance(held.get(move.from), move.from, move.to);
    if (move.kind === 'hold') held.hold(move.state, reached);
    else held.release(move.state);
    return reached;
  }

  private advance(state: Buffers, from: number, to: number): Promise<Buffers> {
    const { steps } = this.problem;
    return this.training.advance(state, { from, to }, this.owned, () => {
      this.forwardSteps++;
      if (this.forwardSteps <= steps)
        this.options.onProgress?.('forward', this.forwardSteps, steps);
    });
  }
}
