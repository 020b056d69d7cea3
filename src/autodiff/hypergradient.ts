/** @file Hypergradients: the derivative of an objective through a whole training run. */

import type { Device } from './devices/device.ts';
import { defaultDevice } from './devices/open.ts';
import { compile, evaluate, readAll } from './evaluate.ts';
import { add } from './math.ts';
import { stateCells } from './optimizers.ts';
import { full } from './primitives/constant.ts';
import { release } from './programs.ts';
import { revolve } from './schedule.ts';
import type { Tensor } from './tensor.ts';
import { vjp } from './transforms.ts';
import { mapTree, type Tree } from './tree.ts';
import { noBatch, type Progress, type Training, Unrolled } from './unroll.ts';

/** A bilevel problem: an objective of the trained state and of the inputs that shaped it. */
export interface BilevelProblem<S extends Tree, I extends Tree> extends Training<S, I> {
  readonly inputs: I;
  /** A scalar; with `blocks`, the part of one block, and their sum is the objective. */
  objective(state: S, inputs: I, block: Tree): Tensor;
  /** Data of the parts of an objective too large to hold at once. Default one part. */
  readonly blocks?: readonly Tree[];
}

/** How the derivative is taken; see the functions that make each. */
export type Method =
  | { readonly kind: 'exact'; readonly checkpoints?: Checkpoints }
  | { readonly kind: 'truncated'; readonly steps: number; readonly checkpoints?: Checkpoints }
  | { readonly kind: 'partial' };

/** A number of states held at once, or the bytes that they may take. */
export type Checkpoints = number | { readonly bytes: number };

export interface CheckpointOptions {
  /**
   * Without checkpoints the states of all steps that are differentiated are held; with c of them
   * those in between are computed again, by a binomial schedule, and the gradient is the same bit
   * for bit.
   */
  readonly checkpoints?: Checkpoints;
}

/** Through every step (Tang, Wen & Wang 2020, equations 7 and 8). */
export const exact = (options: CheckpointOptions = {}): Method => ({ kind: 'exact', ...options });

/** Through the last `steps` steps alone; the state before them counts as constant (equation 9). */
export const truncated = (steps: number, options: CheckpointOptions = {}): Method => ({
  kind: 'truncated',
  steps,
  ...options,
});

/** The objective's direct dependence on the inputs alone (equation 10). */
export const partial = (): Method => ({ kind: 'partial' });

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

/** The adjoint at a point of the reverse sweep: of the state there and, so far, of the inputs. */
type Adjoint<S extends Tree, I extends Tree> = { readonly state: S; readonly inputs: I };

/**
 * The value of the objective after training and its gradient in the inputs. The step and its vjp
 * are compiled once and replayed. Throws a RangeError for a method that does not fit the steps.
 */
export async function hypergradient<S extends Tree, I extends Tree>(
  problem: BilevelProblem<S, I>,
  options: HypergradientOptions = {},
): Promise<Hypergradient<S, I>> {
  const device = options.device ?? (await defaultDevice());
  return new ReverseSweep(problem, device, options).run();
}

class ReverseSweep<S extends Tree, I extends Tree> {
  private readonly forward: Unrolled<S, I>;
  private readonly back: (
    state: S,
    inputs: I,
    batch: Tree,
    adjoint: Adjoint<S, I>,
  ) => Promise<Adjoint<S, I>>;
  private readonly held = new Map<number, S>();
  private forwardSteps = 0;
  private heldStates = 0;
  private reversed = 0;
  /** How many of the last steps are differentiated. */
  private readonly depth: number;

  constructor(
    private readonly problem: BilevelProblem<S, I>,
    private readonly device: Device,
    private readonly options: HypergradientOptions,
  ) {
    this.depth = unrolledSteps(options.method ?? exact(), problem.steps);
    this.forward = new Unrolled(problem, problem.inputs, device);
    this.back = compile(
      (state: S, inputs: I, batch: Tree, adjoint: Adjoint<S, I>) => {
        const step = (at: { state: S; inputs: I }) => problem.step(at.state, at.inputs, batch);
        const ct = vjp(step, { state, inputs }).pullback(adjoint.state);
        return { state: ct.state, inputs: mapTree(add, adjoint.inputs, ct.inputs) };
      },
      { device },
    );
  }

  async run(): Promise<Hypergradient<S, I>> {
    const { depth } = this;
    const { steps } = this.problem;
    const initial = await this.forward.init();
    let state = await this.advance(initial, 0, steps - depth);
    if (state !== initial) release(initial);
    if (depth === 0) return this.finishAtOnce(state);
    const checkpoints = heldCheckpoints(this.options.method, depth, state, this.device);
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
          outcome = await this.objective(last);
        }
        outcome = await this.reverse(from, action.step, outcome);
        if (!this.held.has(action.step)) release(from);
      }
    }
    if (depth === steps) outcome = await this.throughInit(outcome as Outcome<S, I>);
    return this.finish(last as S, outcome as Outcome<S, I>);
  }

  /** Where no step is differentiated; without steps, `exact` still goes through `init`. */
  private async finishAtOnce(state: S): Promise<Hypergradient<S, I>> {
    const outcome = await this.objective(state);
    const throughInit = this.problem.steps === 0 && this.options.method?.kind !== 'partial';
    return this.finish(state, throughInit ? await this.throughInit(outcome) : outcome);
  }

  private advance(state: S, from: number, to: number): Promise<S> {
    return this.forward.advance(state, from, to, () => {
      this.forwardSteps++;
      const done = Math.min(this.forwardSteps, this.problem.steps);
      if (this.reversed === 0) this.options.onProgress?.('forward', done, this.problem.steps);
    });
  }

  private hold(at: number, state: S): void {
    this.held.set(at, state);
    this.heldStates = Math.max(this.heldStates, this.held.size);
  }

  private letGo(at: number): void {
    release(this.heldState(at));
    this.held.delete(at);
  }

  private heldState(at: number): S {
    const state = this.held.get(at);
    if (!state) throw new Error(`internal: state ${at} is not held`);
    return state;
  }

  /** The objective and its derivatives at the last state, block by block. */
  private async objective(state: S): Promise<Outcome<S, I>> {
    const { problem, device } = this;
    const { inputs, blocks = [noBatch] } = problem;
    const part = compile(
      (at: S, given: I, block: Tree, sofar: Sofar<S, I>) => {
        const fn = (x: { state: S; inputs: I }) => problem.objective(x.state, x.inputs, block);
        const { value, pullback } = vjp(fn, { state: at, inputs: given });
        const ct = pullback(full([], 1));
        return {
          value: add(sofar.value, value),
          state: mapTree(add, sofar.state, ct.state),
          inputs: mapTree(add, sofar.inputs, ct.inputs),
        };
      },
      { device },
    );
    const zeros = <T extends Tree>(tree: T) => mapTree((leaf) => full(leaf.shape, 0), tree);
    let total: Sofar<S, I> = await evaluate(
      { value: full([], 0), state: zeros(state), inputs: zeros(inputs) },
      { device },
    );
    for (const block of blocks) {
      const next = await part(state, inputs, block, total);
      release(total);
      total = next;
    }
    const value = await readScalar(device, total.value);
    release(total.value);
    return { value, adjoint: { state: total.state, inputs: total.inputs } };
  }

  private async reverse(from: S, step: number, outcome: Outcome<S, I>): Promise<Outcome<S, I>> {
    const { inputs } = this.problem;
    const adjoint = await this.back(from, inputs, this.forward.batch(step), outcome.adjoint);
    release(outcome.adjoint);
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

const readScalar = async (device: Device, x: Tensor): Promise<number> =>
  (await readAll(x, { device }))[0][0];

interface Outcome<S extends Tree, I extends Tree> {
  readonly value: number;
  readonly adjoint: Adjoint<S, I>;
}

type Sofar<S extends Tree, I extends Tree> = {
  readonly value: Tensor;
  readonly state: S;
  readonly inputs: I;
};

/** How many of the last steps a method goes back through. */
function unrolledSteps(method: Method, steps: number): number {
  if (method.kind === 'partial') return 0;
  if (method.kind === 'exact') return steps;
  if (!Number.isInteger(method.steps) || method.steps < 0) {
    throw new RangeError(`truncated: expected a whole number of steps, got ${method.steps}`);
  }
  return Math.min(method.steps, steps);
}

function heldCheckpoints(
  method: Method | undefined,
  depth: number,
  state: Tree,
  { precision }: Device,
): number {
  if (!method || method.kind === 'partial' || method.checkpoints === undefined) return depth;
  if (typeof method.checkpoints === 'number') return Math.min(method.checkpoints, depth);
  const bytes = stateCells(state) * (precision === 'f64' ? 8 : 4);
  const affordable = Math.floor(method.checkpoints.bytes / bytes);
  if (affordable < 1) {
    throw new RangeError(
      `checkpoints: one state takes ${bytes} bytes, more than the ${method.checkpoints.bytes} allowed`,
    );
  }
  return Math.min(affordable, depth);
}
