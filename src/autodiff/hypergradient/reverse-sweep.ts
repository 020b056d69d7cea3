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
import { CompiledObjective, type Outcome } from './objective.ts';
import type { BilevelProblem, Objective, Training } from './problem.ts';
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

/** What one objective came to. */
export interface Swept<I extends Tree> {
  /** After training. */
  readonly value: number;
  /** g: leaves on the device, of the inputs' shapes. */
  readonly gradient: I;
}

/** The value of the objective after training, and g. Throws a MethodError before it trains. */
export async function reverseSweep<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(problem: BilevelProblem<S, I, R, B, D>, options: SweepOptions): Promise<Hypergradient<S, I>> {
  const { results, ...rest } = await reverseSweeps(problem, [problem], options);
  return { ...results[0], ...rest };
}

/**
 * The values and gradients of several objectives of one training. Their adjoints go back side by
 * side, so that no state is computed once more for another objective. Only one may be watched.
 */
export async function reverseSweeps<
  S extends Tree,
  I extends Tree,
  R extends Tree,
  B extends Tree,
  D extends Tree,
>(
  problem: Training<S, I, B> & { readonly inputs: I },
  objectives: readonly Objective<S, I, R, D>[],
  options: SweepOptions,
): Promise<Omit<Hypergradient<S, I>, keyof Swept<I>> & { readonly results: Swept<I>[] }> {
  const { device } = options;
  const owned = new Owned(device);
  const training = await TrainingRun.open(problem, problem.inputs, device, options);
  const compiled = objectives.map((objective) => new CompiledObjective(objective, training));
  const terms = options.watch && new Terms(training, owned, options.watch);
  try {
    const sweep = new ReverseSweep(problem, training, compiled, owned, options, terms);
    const { last, swept, cost } = await sweep.run();
    owned.giveAway([...last, ...swept.flatMap(({ g }) => g)]);
    const results = swept.map(({ value, g }) => ({
      value,
      gradient: leavesOf(device, problem.inputs, g),
    }));
    return { results, state: leavesOf(device, training.like, last), cost };
  } finally {
    // What is left here is nobody's, whether the sweep ended or was stopped.
    owned.freeAll();
    for (const objective of compiled) objective.close();
    training.close();
  }
}

class ReverseSweep<S extends Tree, I extends Tree, R extends Tree, B extends Tree, D extends Tree> {
  private readonly held: HeldStates;
  private forwardSteps = 0;

  constructor(
    private readonly problem: Training<S, I, B> & { readonly inputs: I },
    private readonly training: TrainingRun<S, I, B>,
    private readonly objectives: readonly CompiledObjective<S, I, R, D>[],
    private readonly owned: Owned,
    private readonly options: SweepOptions,
    private readonly terms?: Terms<S, I, B>,
  ) {
    this.held = new HeldStates(owned);
  }

  async run() {
    const { problem, training, owned, held, terms } = this;
    const { depth, onProgress } = this.options;
    const { steps } = problem;
    const start = owned.keep(await training.init());
    const schedule = new Revolve(steps - depth, steps, await this.checkpoints());

    // Forward: θ_0 … θ_L, holding states on the way.
    let state = await this.advance(start, 0, steps - depth);
    if (state !== start) owned.free(start);
    for (const move of schedule.forward()) state = await this.move(move, state);
    const last = await this.advance(state, steps - Math.min(depth, 1), steps);

    // α_L = ∂f/∂θ_L, g = ∂f/∂X̂.
    const outcomes = await this.differentiate(last);
    let adjoints = outcomes.map(({ adjoint }) => adjoint);
    await terms?.begin(adjoints[0]);

    // Backward: α_t = α_{t+1} ∂Φ_t/∂θ_t, g += α_{t+1} ∂Φ_t/∂X̂.
    for (const action of schedule.backward()) {
      if (action.kind !== 'reverse') {
        state = await this.move(action, state);
        continue;
      }
      const t = action.step;
      const from = held.has(t) ? held.get(t) : state;
      adjoints = await this.back(t, from, adjoints);
      if (!held.has(t)) owned.free(from);
      onProgress?.('backward', steps - t, depth);
      await training.turns.pass();
    }

    // g += α_0 ∂init/∂X̂.
    const swept: { value: number; g: Buffers }[] = [];
    for (const [i, { value }] of outcomes.entries()) {
      swept.push({ value, g: await this.throughInit(adjoints[i]) });
    }
    const cost = { forwardSteps: this.forwardSteps, heldStates: held.most };
    return { last, swept, cost };
  }

  /** The values of the objectives at the last state, and their α_L and ∂f/∂X̂. */
  private async differentiate(last: Buffers): Promise<Outcome[]> {
    const { objectives, owned, training, options } = this;
    const blocks = (done: number, total: number) => options.onProgress?.('objective', done, total);
    const outcomes: Outcome[] = [];
    for (const objective of objectives) {
      outcomes.push(await objective.differentiate(last, owned, training.turns, blocks));
    }
    return outcomes;
  }

  /** The adjoints, with what each has of g, before step t. */
  private async back(t: number, from: Buffers, adjoints: readonly Buffers[]): Promise<Buffers[]> {
    const { terms, training, owned } = this;
    const before: Buffers[] = [];
    for (const adjoint of adjoints) {
      before.push(owned.keep(await (terms ?? training.step).back(t, from, adjoint)));
      owned.free(adjoint);
    }
    return before;
  }

  private async throughInit(adjoint: Buffers): Promise<Buffers> {
    const { terms, training, owned, options } = this;
    if (!options.throughInit) return adjoint.slice(leaves(training.like).length);
    return owned.keep(await (terms ?? training).throughInit(adjoint));
  }

  /** How many states to hold, once all else is on the device, to see that they fit. */
  private async checkpoints(): Promise<number> {
    const { problem, training, objectives, options } = this;
    const { depth, device } = options;
    const like = { state: training.like, inputs: problem.inputs };
    const count = statesToHold(options, depth, like.state, device);
    const pullback = this.terms ? 'shown' : 'summed';
    if (problem.steps > 0) await training.step.ready({ back: depth > 0 ? pullback : undefined });
    for (const objective of objectives) await objective.ready();
    if (depth > 0) {
      const expect = () => expectRoom(count, depth, like, device, objectives.length);
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
