/** @file A training run: one compiled step replayed, in buffers that stay on the device. */

import type { Device } from '../devices/device.ts';
import { expectDevice } from '../devices/device.ts';
import { add } from '../ops/broadcasting.ts';
import { buffersOf, handOver, leavesOf, pin } from '../run/buffers.ts';
import { prepare, runOnBuffers } from '../run/computation.ts';
import { NonFiniteError, nonFiniteEntry } from '../run/non-finite-error.ts';
import { type Buffers, Owned } from '../run/owned.ts';
import { cotangents, cotangentsLike, type Trace, trace } from '../run/trace.ts';
import { Turns } from '../run/turns.ts';
import { firstNonFinite, placed, watchOf } from '../run/watch.ts';
import { expectOptions, expectSpelling } from '../tape/options.ts';
import { showValue } from '../tape/show-value.ts';
import { leaves, mapTree, type Tree } from '../tape/tree.ts';
import { checkedTraining } from './checked.ts';
import type { NoData, Progress, Training } from './problem.ts';
import { Step } from './step.ts';

/** A training on a device, for given inputs. A state is the list of its leaves' buffers. */
export class TrainingRun<S extends Tree, I extends Tree, B extends Tree = NoData> {
  readonly step: Step<S, I, B>;

  private constructor(
    training: Training<S, I, B>,
    private readonly start: Trace<[I], S>,
    readonly device: Device,
    /** The buffers of the inputs' leaves. */
    readonly inputs: Buffers,
    private readonly unpin: () => void,
    /** Passed after each step. */
    readonly turns: Turns,
    depth: number,
  ) {
    const like = { state: start.result, inputs: start.args[0] };
    this.step = new Step(training, device, like, inputs, training.steps - depth);
  }

  /**
   * Traces the start and uploads the inputs; `close` it when done. The last `depth` steps may be
   * taken again.
   */
  static async open<S extends Tree, I extends Tree, B extends Tree = NoData>(
    training: Training<S, I, B>,
    inputs: I,
    device: Device,
    { depth = 0, signal }: { readonly depth?: number; readonly signal?: AbortSignal } = {},
  ): Promise<TrainingRun<S, I, B>> {
    const turns = new Turns(signal);
    const start = trace((given: I) => training.init(given), [inputs], 'init', ['inputs']);
    const unpin = pin(leaves(inputs));
    try {
      const buffers = await buffersOf(device, inputs);
      return new TrainingRun(training, start, device, buffers, unpin, turns, depth);
    } catch (error) {
      unpin();
      throw error;
    }
  }

  /** The shapes of a state. */
  get like(): S {
    return this.start.result;
  }

  /** θ_0 = init(X̂). */
  init(): Promise<Buffers> {
    const { args, result } = this.start;
    placed(this.device, { pass: 'init' });
    return runOnBuffers(this.device, prepare(result, args), this.inputs);
  }

  /** g + α_0 ∂init/∂X̂, from α_0 and g as one list. */
  throughInit(adjoint: Buffers): Promise<Buffers> {
    const [inputs] = this.start.args;
    placed(this.device, { pass: 'backward' });
    const [alpha, g] = cotangentsLike<[S, I]>([this.like, inputs]);
    const outputs = mapTree(add, g, cotangents(this.start, alpha, inputs));
    const computation = prepare(outputs, [inputs, alpha, g]);
    return runOnBuffers(this.device, computation, [...this.inputs, ...adjoint]);
  }

  /** α_0 ∂init/∂X̂. */
  shareOfInit(alpha: Buffers): Promise<Buffers> {
    const [inputs] = this.start.args;
    const seed = cotangentsLike<S>(this.like);
    const computation = prepare(cotangents(this.start, seed, inputs), [inputs, seed]);
    return runOnBuffers(this.device, computation, [...this.inputs, ...alpha]);
  }

  /**
   * θ_to from θ_from. States passed through are freed; `state` is kept, and so is the result, which
   * is another list unless no step is taken.
   */
  async advance(
    state: Buffers,
    { from, to }: { readonly from: number; readonly to: number },
    owned: Owned,
    onStep?: () => void,
  ): Promise<Buffers> {
    let current = state;
    for (let t = from; t < to; t++) {
      const next = owned.keep(await this.step.forward(t, current));
      if (current !== state) owned.free(current);
      current = next;
      onStep?.();
      await this.turns.pass();
    }
    return current;
  }

  close(): void {
    this.unpin();
    this.step.close();
  }
}

/** How `train` reports, and when it ends. */
export interface TrainOptions<S extends Tree> {
  readonly onProgress?: Progress;
  /** Steps between two calls of `onState`; default all. */
  readonly every?: number;
  /** Gets the state, lent for the call, and the steps done; `true` ends the training there. */
  readonly onState?: (state: S, done: number) => Promise<boolean | undefined> | boolean | undefined;
  /** Stops the training after the step at hand: its reason is thrown. */
  readonly signal?: AbortSignal;
}

const trainOptions = ['onProgress', 'every', 'onState', 'signal'] as const;

/**
 * Trains on a device and returns the last state, leaves that live there. Throws a NonFiniteError where
 * that state is not finite, unless it was given so: the training runs once more, to name the
 * operation, the step and the entry that it comes from. Throws a RangeError at an `every` that is no
 * whole number from 1, and a TypeError where `onState` gives anything but a boolean or nothing.
 */
export async function train<S extends Tree, I extends Tree, B extends Tree = NoData>(
  training: Training<S, I, B>,
  inputs: I,
  device: Device,
  options: TrainOptions<S> = {},
): Promise<S> {
  expectDevice('train', device);
  expectSpelling('a training', training, ['batch']);
  expectOptions('train', options, trainOptions);
  const { signal, every } = options;
  if (every !== undefined && !(Number.isInteger(every) && every >= 1)) {
    throw new RangeError(`train: every: expected a whole number from 1, got ${showValue(every)}`);
  }
  const run = await TrainingRun.open(checkedTraining(training, inputs), inputs, device, { signal });
  const owned = new Owned(device);
  try {
    const { state: last, done } = await trainOn(run, owned, training.steps, options);
    const wrong =
      !watchOf(device) && (await nonFiniteEntry('train: the state', device, run.like, last));
    if (wrong) {
      const again = { onProgress: options.onProgress, signal };
      const found = await firstNonFinite(device, (watched) =>
        train({ ...training, steps: done }, inputs, watched, again),
      );
      const isBound = found?.given && !Number.isNaN(found.value);
      if (!isBound) throw new NonFiniteError(wrong, found);
    }
    return leavesOf(device, run.like, owned.giveAway(last));
  } finally {
    owned.freeAll();
    run.close();
  }
}

async function trainOn<S extends Tree, I extends Tree, B extends Tree>(
  run: TrainingRun<S, I, B>,
  owned: Owned,
  steps: number,
  { onProgress, onState, every = steps }: TrainOptions<S>,
): Promise<{ readonly state: Buffers; readonly done: number }> {
  let state = owned.keep(await run.init());
  let done = 0;
  while (done < steps) {
    const to = Math.min(done + every, steps);
    const next = await run.advance(state, { from: done, to }, owned, () => {
      done++;
      onProgress?.('forward', done, steps);
    });
    owned.free(state);
    state = next;
    if (!onState) continue;
    const ends: unknown = await lend(run, state, (lent) => onState(lent, done));
    if (ends === true) break;
    if (ends === undefined || ends === false) continue;
    throw new TypeError(`train: onState: expected true, false or nothing, got ${showValue(ends)}`);
  }
  return { state, done };
}

/** Shows a state as leaves for the time of a call; a use after it is an error. */
async function lend<S extends Tree, T>(
  { device, like }: { readonly device: Device; readonly like: S },
  state: Buffers,
  use: (state: S) => T | Promise<T>,
): Promise<T> {
  const lent = leavesOf(device, like, state);
  const all = leaves(lent);
  try {
    return await use(lent);
  } finally {
    for (const leaf of all) handOver(leaf, 'train lent it for the call of onState alone');
  }
}
