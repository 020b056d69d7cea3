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

/** A module whose bytes are in the memory, from which workers compile it. */
export interface StoredModule {
  readonly id: number;
  readonly address: number;
  readonly bytes: number;
}

/** A kernel function to call strip by strip, and what it is called with. */
export interface JobParts {
  readonly calls: NestCalls;
  /** The function as this thread calls it, and where workers find it: a module and an index. */
  readonly run: KernelFunction;
  readonly module: StoredModule;
  readonly index: number;
  /** The address of the slot table. */
  readonly table: number;
  /** Bytes of scratch memory of each thread. */
  readonly scratchStride: number;
}

/** A job that is ready to run any number of times. */
export interface Job {
  readonly run: KernelFunction;
  /** What the control block holds while the job runs. */
  readonly words: Int32Array;
  /** Whether it is worth telling the workers. */
  readonly shared: boolean;
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

  /** Prepares a job. */
  job({ calls, run, module, index, table, scratchStride }: JobParts): Job {
    const { extents, cut, least, parts, work } = calls;
    const shared = this.workers.length > 0 && work >= leastSharedWork;
    const even = Math.ceil(extents[cut] / (this.count * stripsPerThread * least)) * least;
    const strip = shared ? Math.min(even, calls.strip) : calls.strip;
    const words = new Int32Array(controlWords);
    words[word.module] = module.id;
    words[word.moduleAddress] = module.address;
    words[word.moduleBytes] = module.bytes;
    words[word.function] = index;
    words[word.table] = table;
    words[word.scratchStride] = scratchStride;
    words[word.z] = extents.z;
    words[word.y] = extents.y;
    words[word.x] = extents.x;
    words[word.cut] = axes.indexOf(cut);
    words[word.strip] = strip;
    words[word.strips] = Math.ceil(extents[cut] / strip);
    words[word.partCount] = parts.count;
    words[word.partLength] = parts.length;
    return { run, words, shared };
  }

  /** Calls the function over all strips; `scratch` is the address of the first thread's memory. */
  run(job: Job, scratch: number): void {
    job.words[word.nextStrip] = 0;
    job.words[word.scratch] = scratch;
    if (!job.shared) {
      runStrips(job.words, word, 0, job.run);
      return;
    }
    const { words } = this;
    // No worker reads the job before the gate opens.
    words.set(job.words.subarray(word.nextStrip), word.nextStrip);
    Atomics.store(words, word.gate, 0);
    Atomics.add(words, word.epoch, 1);
    Atomics.notify(words, word.epoch);
    try {
      runStrips(words, word, 0, job.run);
    } finally {
      this.close();
    }
  }

  /** Closes the job once the workers have finished their last strips. */
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
