/** @file A session: one run of a problem on a device, and what it gives to whoever asks. */

import { type Device, openDevice, readAll, release, train } from '../../autodiff/index.ts';
import type { Settings } from '../address.ts';
import { openers } from '../problems/open.ts';
import type { AnyProblem, Facts, Outcome, Run } from '../problems/problem.ts';
import { labProblem } from '../problems/registry.ts';
import type { View } from '../problems/view.ts';
import { type Snapshot, snapshotOf } from './snapshot.ts';

/** Products and sums stay two instructions: an address is to give the same numbers everywhere. */
export const relaxed = false;

/** A run at work. It computes nothing that the library does not, and knows no page. */
export class Session {
  private outcome: Outcome | undefined;

  private constructor(
    readonly run: Run,
    readonly device: Device,
  ) {}

  /** Opens the device and the problem. Throws a DeviceError or UserError that says what is not there. */
  static async open({ problem, knobs, seed, device: name, threads }: Settings): Promise<Session> {
    const device = await openDevice(name, name === 'simd' ? { threads, relaxed } : {});
    try {
      const run = await openers[labProblem(problem).name](knobs, { seed, device, threads });
      return new Session(run, device);
    } catch (error) {
      await device.dispose();
      throw error;
    }
  }

  get facts(): Facts {
    return this.run.facts;
  }

  /** What the last iteration gave. Throws before the first one. */
  get last(): Outcome {
    if (!this.outcome) throw new Error('there has been no iteration yet');
    return this.outcome;
  }

  /** The bilevel problem at the inputs of the last iteration, or at the first ones before it. */
  get problem(): AnyProblem {
    return (this.outcome ?? { problem: this.run.first }).problem;
  }

  /** One outer iteration. What is asked later is about the last one that did not fail. */
  async next(signal: AbortSignal): Promise<Snapshot> {
    this.outcome = await this.run.next(signal);
    return snapshotOf(this.facts, this.outcome, await this.truncated(this.facts.steps));
  }

  /** The gradient of the last iteration through the last `tau` steps, flat; through all it is exact. */
  async truncated(tau: number): Promise<Float32Array> {
    return flat(await readAll(this.last.attribution.truncated(tau)));
  }

  /** The picture of the inner problem after `step` steps on the last iteration's inputs. */
  async view(step: number, signal: AbortSignal): Promise<View> {
    const { last, problem } = this;
    if (step === 0) return this.run.view(problem.init(problem.inputs), last);
    const training = { ...problem, steps: step };
    const state = await train(training, problem.inputs, this.device, { signal });
    try {
      return await this.run.view(state, last);
    } finally {
      release(state);
    }
  }

  async close(): Promise<void> {
    this.run.close();
    await this.device.dispose();
  }
}

/** Numbers one after the other, in the precision that pictures need. */
function flat(arrays: readonly ArrayLike<number>[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const numbers of arrays) {
    all.set(numbers, offset);
    offset += numbers.length;
  }
  return all;
}
