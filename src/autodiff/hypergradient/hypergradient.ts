/** @file Hypergradients: the derivative of an objective through a whole training run. */

import type { Device } from '../devices/device.ts';
import { defaultDevice } from '../devices/open.ts';
import { add } from '../ops/broadcasting.ts';
import { zerosLike } from '../ops/constant.ts';
import { type Compiled, compile, evaluate } from '../run/evaluate.ts';
import { Live } from '../run/owned.ts';
import { release } from '../run/programs.ts';
import { mapTree, type Tree } from '../tape/tree.ts';
import { vjp } from '../transforms/grad.ts';
import { exact, expectRoom, type Method, statesToHold, unrolledSteps } from './methods.ts';
import { type Adjoint, CompiledObjective, type Objective, type Outcome } from './objective.ts';
import { revolve } from './revolve.ts';
import { type NoData, type Progress, type Training, TrainingRun } from './training.ts';

/** A bilevel problem: an objective of the trained state and of the inputs that shaped it. */
export interface BilevelProblem<
  S extends Tree,
  I extends Tree,
  R extends Tree = S,
  B extends Tree = NoData,
  D extends Tree = NoData,
> extends Training<S, I, B>,
    Objective<S, I, R, D> {}

export interface HypergradientOptions {
  /** Default `exact()`. */
  readonly method?: Method;
  readonly device?: Device;
  readonly onProgress?: Progress;
}

export interface Hypergradient<S extends Tree, I extends Tree> {
  readonly value: number;
  /** As the inputs, leaves on the device. */
  readonly gradient: I;
  /** The state after the last step. */
  readonly state: S;
  /** Steps run forward in all, and the most states held at once. */
  readonly cost: { readonly forwardSteps: number; readonly heldStates: number };
}

/**
 * The value of the objective after training and its gradient in the inputs. The step and its vjp
 * are compiled once and replayed. Throws a MethodError, before it trains, for a method that does
 * not fit the steps or whose states do not fit the device.
 */
export async function hypergradient<
  S extends Tree,
  I extends Tree,
  R extends Tree = S,
  B extends Tree = NoData,
  D extends Tree = NoData,
>(
  problem: BilevelProblem<S, I, R, B, D>,
  options: HypergradientOptions = {},
): Promise<Hypergradient<S, I>> {
  const device = options.device ?? (await defaultDevice());
  return new ReverseSweep(problem, device, options).run();
}

class ReverseSweep<S extends Tree, I extends Tree, R extends Tree, B extends Tree, D extends Tree> {
  private readonly forward: TrainingRun<S, I, B>;
  private readonly back: Compiled<[S, I, B, Adjoint<S, I>], Adjoint<S, I>>;
  private readonly objective: CompiledObjective<S, I, R, D>;
  private readonly held = new Map<number, S>();
  private readonly live = new Live();
  private forwardSteps = 0;
  private heldStates = 0;
  private reversed = 0;
  private readonly method: Method;
  /** How many of the last steps are differentiated. */
  private readonly depth: number;

  constructor(
    private readonly problem: BilevelProblem<S, I, R, B, D>,
    private readonly device: Device,
    private readonly options: HypergradientOptions,
  ) {
    this.method = options.method ?? exact();
    this.depth = unrolledSteps(this.method, problem.steps);
    this.forward = new TrainingRun(problem, problem.inputs, device);
    this.back = compile(
      (state: S, inputs: I, batch: B, adjoint: Adjoint<S, I>) => {
        const step = (at: { state: S; inputs: I }) => problem.step(at.state, at.inputs, batch);
        const ct = vjp(step, { state, inputs }).pullback(adjoint.state);
        return { state: ct.state, inputs: mapTree(add, adjoint.inputs, ct.inputs) };
      },
      { device },
    );
    this.objective = new CompiledObjective(problem, device, this.live);
  }

  /** A run that fails, or is stopped, leaves nothing on the device. */
  async run(): Promise<Hypergradient<S, I>> {
    try {
      return await this.sweep();
    } catch (error) {
      this.live.dropAll();
      throw error;
    }
  }

  private async sweep(): Promise<Hypergradient<S, I>> {
    const { depth } = this;
    const { steps } = this.problem;
    const initial = this.live.keep(await this.forward.init());
    const checkpoints = depth > 0 ? await this.checkpoints(initial) : 0;
    let state = await this.advance(initial, 0, steps - depth);
    if (state !== initial) this.live.drop(initial);
    if (depth === 0) return this.finishAtOnce(state);
    let last: S | undefined;
    let outcome: Outcome<S, I> | undefined;
    for (const action of revolve(steps - depth, steps, checkpoints)) {
      if (action.kind === 'hold') this.hold(action.state, state);
      else if (action.kind === 'release') this.letGo(action.state);
      else if (action.kind === 'advance') {
        state = await this.advance(this.heldState(action.from), action.from, action.to);
      } else {
        const from = this.held.get(action.step) ?? state;
        if (!outcome) {
          last = await this.advance(from, action.step, steps);
          outcome = await this.differentiate(last);
        }
        outcome = await this.reverse(from, action.step, outcome);
        if (!this.held.has(action.step)) this.live.drop(from);
      }
    }
    if (depth === steps) outcome = await this.throughInit(outcome as Outcome<S, I>);
    return this.finish(last as S, outcome as Outcome<S, I>);
  }

  /** How many states to hold, after bringing all else to the device, to see that they fit. */
  private async checkpoints(initial: S): Promise<number> {
    const { device, depth } = this;
    const { inputs } = this.problem;
    const count = statesToHold(this.method, depth, initial, device);
    const none = this.live.keep(await evaluate(zerosLike({ state: initial, inputs }), { device }));
    await this.forward.onBatch(0, async (batch) => {
      await this.forward.ready(initial, batch);
      await this.back.ready(initial, inputs, batch, none);
      await this.objective.ready(initial);
      expectRoom(count, depth, { initial, inputs }, device);
    });
    this.live.drop(none);
    return count;
  }

  /** Where no step is differentiated; without steps, `exact` still goes through `init`. */
  private async finishAtOnce(state: S): Promise<Hypergradient<S, I>> {
    const outcome = await this.differentiate(state);
    const throughInit = this.problem.steps === 0 && this.method.kind !== 'partial';
    return this.finish(state, throughInit ? await this.throughInit(outcome) : outcome);
  }

  private async advance(state: S, from: number, to: number): Promise<S> {
    const reached = await this.forward.advance(state, from, to, () => {
      this.forwardSteps++;
      const done = Math.min(this.forwardSteps, this.problem.steps);
      if (this.reversed === 0) this.options.onProgress?.('forward', done, this.problem.steps);
    });
    return this.live.keep(reached);
  }

  private hold(at: number, state: S): void {
    this.held.set(at, state);
    this.heldStates = Math.max(this.heldStates, this.held.size);
  }

  private letGo(at: number): void {
    this.live.drop(this.heldState(at));
    this.held.delete(at);
  }

  private heldState(at: number): S {
    const state = this.held.get(at);
    if (!state) throw new Error(`internal: state ${at} is not held`);
    return state;
  }

  private differentiate(state: S): Promise<Outcome<S, I>> {
    const { onProgress } = this.options;
    return this.objective.differentiate(state, (done, total) =>
      onProgress?.('objective', done, total),
    );
  }

  private async reverse(from: S, step: number, outcome: Outcome<S, I>): Promise<Outcome<S, I>> {
    const { inputs } = this.problem;
    const adjoint = await this.forward.onBatch(step, (batch) =>
      this.back(from, inputs, batch, outcome.adjoint),
    );
    this.live.drop(outcome.adjoint);
    this.live.keep(adjoint);
    this.options.onProgress?.('backward', ++this.reversed, this.depth);
    return { value: outcome.value, adjoint };
  }

  /** The inputs may also shape the state that training starts from. */
  private async throughInit({ value, adjoint }: Outcome<S, I>): Promise<Outcome<S, I>> {
    const init = compile(
      (inputs: I, { state, inputs: sofar }: Adjoint<S, I>) => {
        const ct = vjp((at: I) => this.problem.init(at), inputs).pullback(state);
        return mapTree(add, sofar, ct);
      },
      { device: this.device },
    );
    const inputs = await init(this.problem.inputs, adjoint);
    release(adjoint.inputs);
    return { value, adjoint: { state: adjoint.state, inputs } };
  }

  private finish(state: S, { value, adjoint }: Outcome<S, I>): Hypergradient<S, I> {
    release(adjoint.state);
    const cost = { forwardSteps: this.forwardSteps, heldStates: this.heldStates };
    return { value, gradient: adjoint.inputs, state, cost };
  }
}
