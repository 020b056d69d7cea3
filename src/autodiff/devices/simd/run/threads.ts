/** @file Worker threads over the shared memory, which help with kernels that are large enough. */

import { axes, controlWords, type KernelFunction, word } from '../convention.ts';
import type { NestCalls } from '../plan/strips.ts';
import {
  leastSharedWork,
  sleepMilliseconds,
  spinsBeforeSleep,
  stripsPerThread,
} from '../tuning.ts';
import type { Arena } from './arena.ts';
import { inNode, startWorker, type WorkerThread } from './environment.ts';
import { runStrips } from './worker.ts';

/** A kernel function to call strip by strip, and what it is called with. */
export interface Job {
  readonly calls: NestCalls;
  /** The function as this thread calls it, and where workers find it: a module and an index. */
  readonly run: KernelFunction;
  readonly module: { readonly id: number; readonly at: number; readonly bytes: number };
  readonly index: number;
  readonly table: number;
  readonly scratch: number;
  readonly scratchStride: number;
}

/**
 * The main thread opens a job, computes strips as the workers do, and closes it. A worker that
 * comes late finds it closed, so nobody waits for one that sleeps. Which thread computes a strip
 * does not matter to its result.
 */
export class Threads {
  private constructor(
    private readonly workers: readonly WorkerThread[],
    private readonly words: Int32Array,
  ) {}

  /** Starts `count - 1` workers; they join in once they are up. */
  static async start(count: number, arena: Arena): Promise<Threads> {
    // Memory that is not shared moves when it grows, so one thread keeps the words outside of it.
    if (count === 1) return new Threads([], new Int32Array(controlWords));
    const control = arena.allocate(controlWords * 4);
    const words = arena.integers(control, controlWords).fill(0);
    words[word.gate] = -1;
    const workers: WorkerThread[] = [];
    for (let thread = 1; thread < count; thread++) {
      workers.push(await startWorker({ memory: arena.memory, control, thread }));
    }
    return new Threads(workers, words);
  }

  get count(): number {
    return this.workers.length + 1;
  }

  /** Runs a kernel function over all strips of its threads. */
  run(job: Job): void {
    const { words, workers } = this;
    const { work, cut, least, strip, extents } = job.calls;
    if (workers.length === 0 || work < leastSharedWork) {
      this.write(job, strip);
      runStrips(words, word, 0, job.run);
      return;
    }
    const even = Math.ceil(extents[cut] / (this.count * stripsPerThread * least)) * least;
    this.write(job, Math.min(even, strip));
    Atomics.store(words, word.gate, 0);
    Atomics.add(words, word.epoch, 1);
    Atomics.notify(words, word.epoch);
    try {
      runStrips(words, word, 0, job.run);
    } finally {
      this.close();
    }
  }

  /** Writes the job down; no worker reads it before the gate opens. */
  private write(job: Job, strip: number): void {
    const { words } = this;
    const { extents, cut, parts } = job.calls;
    words[word.nextStrip] = 0;
    words[word.module] = job.module.id;
    words[word.moduleAt] = job.module.at;
    words[word.moduleBytes] = job.module.bytes;
    words[word.function] = job.index;
    words[word.table] = job.table;
    words[word.scratch] = job.scratch;
    words[word.scratchStride] = job.scratchStride;
    words[word.z] = extents.z;
    words[word.y] = extents.y;
    words[word.x] = extents.x;
    words[word.cut] = axes.indexOf(cut);
    words[word.strip] = strip;
    words[word.strips] = Math.ceil(extents[cut] / strip);
    words[word.partCount] = parts.count;
    words[word.partLength] = parts.length;
  }

  /** Closes the job once the workers have finished the strips that they are at. */
  private close(): void {
    const { words } = this;
    for (let i = 1; Atomics.compareExchange(words, word.gate, 0, -1) !== 0; i++) {
      // The worker may not be running at all: leave the core to it. Browsers only spin here.
      if (inNode && i % spinsBeforeSleep === 0) {
        Atomics.wait(words, word.gate, Atomics.load(words, word.gate), sleepMilliseconds);
      }
    }
  }

  /** Ends the workers. */
  async dispose(): Promise<void> {
    if (this.workers.length === 0) return;
    Atomics.store(this.words, word.stop, 1);
    Atomics.add(this.words, word.epoch, 1);
    Atomics.notify(this.words, word.epoch);
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}
