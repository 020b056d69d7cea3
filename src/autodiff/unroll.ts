/** @file A training run: one compiled step replayed, as plain numbers that stay on the device. */

import type { Device } from './devices/device.ts';
import { type Compiled, compile } from './evaluate.ts';
import { dropUploads, release } from './programs.ts';
import { expectSameTree, type Tree } from './tree.ts';

/**
 * A run of `steps` steps from `init(inputs)`, each a function of the state before, the inputs, and
 * the data of the step. `step` is traced once for each set of shapes and contains its own `grad`.
 */
export interface Training<S extends Tree, I extends Tree> {
  init(inputs: I): S;
  step(state: S, inputs: I, batch: Tree): S;
  readonly steps: number;
  /**
   * Data of step 0, 1, …: constants such as the rows of a minibatch, which the device holds for
   * that step alone. Default none.
   */
  batch?(step: number): Tree;
}

/** No data. */
export const noBatch: Tree = [];

/** Told after each step, or block of the objective, of its phase; throwing stops the run. */
export type Progress = (
  phase: 'forward' | 'objective' | 'backward',
  done: number,
  total: number,
) => void;

/** The compiled parts of a training run on a device. */
export class Unrolled<S extends Tree, I extends Tree> {
  private readonly start: Compiled<[I], S>;
  private readonly next: Compiled<[S, I, Tree], S>;

  constructor(
    private readonly training: Training<S, I>,
    private readonly inputs: I,
    private readonly device: Device,
  ) {
    this.start = compile((at: I) => training.init(at), { device });
    this.next = compile(
      (state: S, at: I, batch: Tree) => {
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
  async onBatch<R>(step: number, run: (batch: Tree) => Promise<R>): Promise<R> {
    const batch = this.training.batch?.(step) ?? noBatch;
    try {
      return await run(batch);
    } finally {
      await dropUploads(this.device, batch);
    }
  }

  /** Compiles the step for states of this shape. */
  ready(state: S, batch: Tree): Promise<void> {
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
export async function train<S extends Tree, I extends Tree>(
  training: Training<S, I>,
  inputs: I,
  device: Device,
  onProgress?: Progress,
): Promise<S> {
  const run = new Unrolled(training, inputs, device);
  const first = await run.init();
  let done = 0;
  const last = await run.advance(first, 0, training.steps, () => {
    onProgress?.('forward', ++done, training.steps);
  });
  if (last !== first) release(first);
  return last;
}
