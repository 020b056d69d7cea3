/** @file One step of training, Φ, on a device: replayed forward, and pulled back. */

import type { Device } from '../devices/device.ts';
import { globalNorm } from '../functions/norm.ts';
import { add } from '../ops/broadcasting.ts';
import { full } from '../ops/constant.ts';
import { dropUploads, withBuffers } from '../run/buffers.ts';
import { type Computation, prepare, Replay } from '../run/computation.ts';
import type { Buffers } from '../run/owned.ts';
import { cotangents, cotangentsLike, type Trace, trace } from '../run/trace.ts';
import { placed } from '../run/watch.ts';
import { reachable } from '../tape/reachable.ts';
import type { Tensor } from '../tape/tensor.ts';
import { describe, expectSameKinds, leaves, mapTree, type Tree } from '../tape/tree.ts';
import { TraceError } from '../transforms/closure.ts';
import { givenStep } from './checked.ts';
import { SeenData, treeDigest } from './digest.ts';
import { batchOf, type Training } from './problem.ts';

type StepArguments<S, I, B> = [state: S, inputs: I, batch: B, t: Tensor];

/**
 * α ∂Φ/∂θ with g + α ∂Φ/∂X̂ (`summed`), with the share α ∂Φ/∂X̂ alone (`share`), or with both and
 * the norm of α ∂Φ/∂θ (`shown`).
 */
export type Pullback = 'summed' | 'share' | 'shown';

/** Φ recorded: its trace, whether that reads the step's number, and what runs. */
function recorded<S extends Tree, I extends Tree, B extends Tree>(
  training: Training<S, I, B>,
  [state, inputs, batch]: [S, I, B],
) {
  const traced = trace(
    (...args: StepArguments<S, I, B>) => training.step(...args),
    [state, inputs, batch, full([], 0)],
    'step',
    ['state', 'inputs', 'batch', 't'],
  );
  const { args, result } = traced;
  expectSameKinds('step: the state it returns', state, result);
  const readsNumber = reachable(leaves(result)).includes(args[3]);
  const computation = prepare(result, readsNumber ? args : args.slice(0, 3));
  return { traced, readsNumber, computation };
}

/** Φ for data of one set of shapes, recorded and then replayed. */
class BoundStep<S extends Tree, I extends Tree, B extends Tree> {
  private readonly pullbacks = new Map<Pullback, Replay>();

  private constructor(
    private readonly device: Device,
    private readonly traced: Trace<StepArguments<S, I, B>, S>,
    /** Whether the step reads its number, so that each run needs it. */
    readonly readsNumber: boolean,
    readonly forward: Replay,
    private readonly computation: Computation,
    /** Whose shapes it is for. */
    private readonly like: [S, I, B],
  ) {}

  static async bind<S extends Tree, I extends Tree, B extends Tree>(
    training: Training<S, I, B>,
    like: [S, I, B],
    device: Device,
  ): Promise<BoundStep<S, I, B>> {
    const { traced, readsNumber, computation } = recorded(training, like);
    const forward = await Replay.bind(device, computation);
    return new BoundStep(device, traced, readsNumber, forward, computation, like);
  }

  /** Throws a TraceError where the step, called once more, records something else. */
  expectSame(training: Training<S, I, B>, t: number): void {
    const { graph, captured } = this.computation;
    const again = recorded(training, this.like).computation;
    const isSame = (leaf: Tensor, i: number) =>
      leaf === again.captured[i] || treeDigest(leaf) === treeDigest(again.captured[i]);
    if (graph.key === again.graph.key && captured.every(isSame)) return;
    throw new TraceError(
      `step: called once more, at step ${t}, it computes something else, but all steps replay its first ` +
        'call: take what changes from batch or t',
    );
  }

  /** From θ, X̂, data, t where it is read, and α, with g where it is summed, to a `Pullback`. */
  async back(pullback: Pullback): Promise<Replay> {
    const known = this.pullbacks.get(pullback) ?? (await this.bindPullback(pullback));
    this.pullbacks.set(pullback, known);
    return known;
  }

  private bindPullback(pullback: Pullback): Promise<Replay> {
    const { args } = this.traced;
    const sources: [S, I] = [args[0], args[1]];
    const [alpha, g] = cotangentsLike(sources);
    const [ctState, ctInputs] = cotangents(this.traced, alpha, sources);
    const given = this.readsNumber ? args : args.slice(0, 3);
    if (pullback === 'share') {
      return Replay.bind(this.device, prepare([ctState, ctInputs], [...given, alpha]));
    }
    const summed = [ctState, mapTree(add, g, ctInputs)];
    const outputs = pullback === 'summed' ? summed : [...summed, ctInputs, globalNorm(ctState)];
    return Replay.bind(this.device, prepare(outputs, [...given, alpha, g]));
  }

  release(): void {
    this.forward.release();
    for (const replay of this.pullbacks.values()) replay.release();
  }
}

/** The steps that were compared in a whole training, with data of their own or without. */
const compared = new WeakMap<object, ReadonlySet<'batch' | 'alone'>>();

/** Φ_t of a training run, for given inputs. A state is the list of its leaves' buffers. */
export class Step<S extends Tree, I extends Tree, B extends Tree> {
  /** By the shapes of the data of a step. */
  private readonly bound = new Map<string, BoundStep<S, I, B>>();
  /** Of the data of steps that may be taken again. */
  private readonly seen = new SeenData();
  /** Steps of each that were taken forward. */
  private readonly taken = new Map<BoundStep<S, I, B>, number>();
  /** The data of step 0 from when it was compiled until it is taken. */
  private first: B | undefined;

  constructor(
    private readonly training: Training<S, I, B>,
    private readonly device: Device,
    private readonly like: { readonly state: S; readonly inputs: I },
    private readonly inputs: Buffers,
    /** The first step that may be taken again. */
    private readonly againFrom: number,
  ) {}

  /** Compiles step 0, and its pullback where asked for, and uploads the constants of both. */
  async ready({ back }: { readonly back?: Pullback }): Promise<void> {
    const batch = batchOf(this.training, 0);
    await this.withData(0, batch, async (bound) => {
      if (back) await bound.back(back);
    });
    this.first = batch;
  }

  /** θ_{t+1} = Φ_t(θ_t, X̂). */
  forward(t: number, state: Buffers): Promise<Buffers> {
    this.at('forward', t);
    const batch = this.takeData(t);
    return this.withData(t, batch, (bound, data) => {
      this.expectSame(bound, t);
      return bound.forward.run([...state, ...this.inputs, ...data]);
    });
  }

  /**
   * Calls the step again where it is taken the second time; and, at the last step, for all shapes of
   * data, where `batch` may have set along the way what it reads. A step that was compared in a whole
   * training is not called again by later ones: each call costs as much as compiling it.
   */
  private expectSame(bound: BoundStep<S, I, B>, t: number): void {
    const { training, taken } = this;
    const { steps, batch } = training;
    const step = givenStep(training.step);
    const kind = batch ? 'batch' : 'alone';
    if (compared.get(step)?.has(kind)) return;
    const before = taken.get(bound) ?? 0;
    taken.set(bound, before + 1);
    const isLast = t === steps - 1;
    const again = batch && isLast ? [...taken.keys()] : before === 1 ? [bound] : [];
    for (const one of again) if ((taken.get(one) ?? 0) > 1) one.expectSame(training, t);
    const isWhole = [...taken.values()].every((count) => count > 1);
    if (isLast && isWhole) compared.set(step, new Set([kind, ...(compared.get(step) ?? [])]));
  }

  /** From (α_{t+1}, g), or α_{t+1} for the share alone, as one list, to a `Pullback` as one list. */
  back(
    t: number,
    state: Buffers,
    adjoint: Buffers,
    pullback: Pullback = 'summed',
  ): Promise<Buffers> {
    this.at('backward', t);
    return this.withData(t, this.takeData(t), async (bound, data) =>
      (await bound.back(pullback)).run([...state, ...this.inputs, ...data, ...adjoint]),
    );
  }

  private at(pass: 'forward' | 'backward', step: number): void {
    placed(this.device, { pass, step, steps: this.training.steps });
  }

  private takeData(t: number): B {
    const { first } = this;
    this.first = undefined;
    return t === 0 && first !== undefined ? first : batchOf(this.training, t);
  }

  /** Does something with the data of a step, which then leaves the device. */
  private async withData<T>(
    t: number,
    batch: B,
    run: (bound: BoundStep<S, I, B>, data: Buffers) => T | Promise<T>,
  ): Promise<T> {
    const { device, training, againFrom } = this;
    if (training.batch && t >= againFrom) this.seen.expectSame(t, batch);
    const bound = await this.boundTo(batch);
    const number = bound.readsNumber ? [await device.upload(Float64Array.of(t), 'real')] : [];
    try {
      if (!training.batch) return await run(bound, number);
      return await withBuffers(device, batch, (data) => run(bound, [...data, ...number]));
    } finally {
      for (const buffer of number) device.free(buffer);
      if (training.batch) await dropUploads(device, batch);
    }
  }

  private async boundTo(batch: B): Promise<BoundStep<S, I, B>> {
    const shapes = this.training.batch ? describe(batch) : '';
    const known = this.bound.get(shapes);
    if (known) return known;
    const { state, inputs } = this.like;
    const bound = await BoundStep.bind(this.training, [state, inputs, batch], this.device);
    this.bound.set(shapes, bound);
    return bound;
  }

  close(): void {
    for (const bound of this.bound.values()) bound.release();
  }
}
