/** @file A training run: one compiled step replayed, as plain numbers that stay on the device. */

import type { Device } from '../devices/device.ts';
import { type Compiled, compile } from '../run/evaluate.ts';
import { dropUploads, release } from '../run/programs.ts';
import { expectSameTree, type Tree } from '../tape/tree.ts';

/** The data of a step, or of a block of the objective, where it has none. */
export type NoData = readonly [];
export const noData: NoData = [];

/**
 * A run of `steps` steps from `init(inputs)`, each a function of the state `S` before, the inputs
 * `I`, and the data `B` of the step. `step` is traced once for each set of shapes and contains its
 * own `grad`.
 */
export interface Training<S extends Tree, I extends Tree, B extends Tree = NoData> {
  init(inputs: I): S;
  step(state: S, inputs: I, batch: B): S;
  readonly steps: number;
  /**
   * Data of step 0, 1, …: constants such as the rows of a minibatch, which the device holds for
   * that step alone. Left out, `step` gets `noData`.
   */
  batch?(step: number): B;
}

/** The data of a step. A training without `batch` has `NoData`, which the types cannot tell. */
export const batchOf = <B extends Tree>(
  { batch }: Pick<Training<Tree, Tree, B>, 'batch'>,
  step: number,
): B => (batch ? batch(step) : (noData as Tree as B));

/** Told after each step, or block of the objective, of its phase; throwing stops the run. */
export type Progress = (
  phase: 'forward' | 'objective' | 'backward',
  done: number,
  total: number,
) => void;

/** The compiled parts of a training run on a device. */
export class TrainingRun<S extends Tree, I extends Tree, B extends Tree = NoData> {
  private readonly start: Compiled<[I], S>;
  private readonly next: Compiled<[S, I, B], S>;

  constructor(
    private readonly training: Training<S, I, B>,
    private readonly inputs: I,
    private readonly device: Device,
  ) {
    this.start = compile((at: I) => training.init(at), { device });
    this.next = compile(
      (state: S, at: I, batch: B) => {
        const result = training.step(state, at, batch);
        expectSameTree('step: the state it returns', state, result);
        return result;
      },
      { device },
    );
  }

  /** The state before the first step. */
  init(): Promise<S> {
    return this.start(this.inputs);
  }

  /** Does something with the data of a step, which the device then lets go of. */
  async onBatch<R>(step: number, run: (batch: B) => Promise<R>): Promise<R> {
    const batch = batchOf(this.training, step);
    try {
      return await run(batch);
    } finally {
      await dropUploads(this.device, batch);
    }
  }

  /** Compiles the step for states of this shape. */
  ready(state: S, batch: B): Promise<void> {
    return this.next.ready(state, this.inputs, batch);
  }

  /** Runs the steps `from` to `to - 1`; states passed through are released, `state` is kept. */
  async advance(state: S, from: number, to: number, onStep?: () => void): Promise<S> {
    let current = state;
    try {
      for (let step = from; step < to; step++) {
        const before = current;
        current = await this.onBatch(step, (batch) => this.next(before, this.inputs, batch));
        if (before !== state) release(before);
        onStep?.();
      }
      return current;
    } catch (error) {
      if (current !== state) release(current);
      throw error;
    }
  }
}

/** Trains to the end and returns the last state. */
export async function train<S extends Tree, I extends Tree, B extends Tree = NoData>(
  training: Training<S, I, B>,
  inputs: I,
  device: Device,
  onProgress?: Progress,
): Promise<S> {
  const run = new TrainingRun(training, inputs, device);
  const first = await run.init();
  let done = 0;
  const last = await run.advance(first, 0, training.steps, () => {
    onProgress?.('forward', ++done, training.steps);
  });
  if (last !== first) release(first);
  return last;
}
