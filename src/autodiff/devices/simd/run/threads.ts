/** @file Worker threads over the shared memory, which help with kernels that are large enough. */

import type { NestCalls } from '../compile.ts';
import type { Arena } from './arena.ts';
import { controlWords, runStrips, type WorkerStart, word, workerSource } from './worker.ts';

/** A kernel as the threads find it: its function, the module it is in, what it is called with. */
export interface Job {
  readonly calls: NestCalls;
  readonly index: number;
  readonly run: (...args: number[]) => void;
  readonly module: { readonly id: number; readonly at: number; readonly bytes: number };
  readonly table: number;
  readonly scratch: number;
  readonly scratchStride: number;
}

/** What a thread pool needs of a worker, in Node as in browsers. */
interface Helper {
  terminate(): unknown;
}

/** Work below this takes less time than to tell others of it. */
const leastSharedWork = 2e6;
/** Strips for each thread, so that the first to be done takes over from the last. */
const stripsPerThread = 4;

const spinsBeforeSleep = 20_000;
const sleepMilliseconds = 0.05;

const inNode = typeof process !== 'undefined' && Boolean(process.versions?.node);

/**
 * The main thread opens a job, computes strips as the workers do, and closes it. A worker that
 * comes late finds it closed, so nobody waits for one that sleeps. Which thread computes a strip
 * does not matter to its result.
 */
export class Threads {
  private readonly words: Int32Array;

  private constructor(
    private readonly helpers: readonly Helper[],
    arena: Arena,
    control: number,
  ) {
    this.words = arena.integers(control, controlWords);
  }

  /** Starts `count - 1` workers; they join in once they are up. */
  static async start(count: number, arena: Arena): Promise<Threads> {
    const control = arena.allocate(controlWords * 4);
    arena.integers(control, controlWords).fill(0)[word.gate] = -1;
    const helpers: Helper[] = [];
    for (let thread = 1; thread < count; thread++) {
      helpers.push(await startWorker({ memory: arena.memory, control, thread }));
    }
    return new Threads(helpers, arena, control);
  }

  get count(): number {
    return this.helpers.length + 1;
  }

  run(job: Job): void {
    if (this.helpers.length === 0 || job.calls.work < leastSharedWork) runAlone(job);
    else this.runShared(job);
  }

  private runShared(job: Job): void {
    const { words } = this;
    this.write(job);
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
  private write({ calls, index, module, table, scratch, scratchStride }: Job): void {
    const { words } = this;
    const { extents, cut, least, parts } = calls;
    const even = Math.ceil(extents[cut] / (this.count * stripsPerThread * least)) * least;
    const strip = Math.min(even, calls.strip);
    words[word.nextStrip] = 0;
    words[word.strips] = Math.ceil(extents[cut] / strip);
    words[word.module] = module.id;
    words[word.moduleAt] = module.at;
    words[word.moduleBytes] = module.bytes;
    words[word.function] = index;
    words[word.table] = table;
    words[word.scratch] = scratch;
    words[word.scratchStride] = scratchStride;
    words[word.z] = extents.z;
    words[word.y] = extents.y;
    words[word.x] = extents.x;
    words[word.cut] = cutAxes.indexOf(cut);
    words[word.strip] = strip;
    words[word.partCount] = parts.count;
    words[word.partLength] = parts.length;
  }

  /** Waits for the workers inside: each has at most a strip to finish. */
  private close(): void {
    const { words } = this;
    for (let i = 1; Atomics.compareExchange(words, word.gate, 0, -1) !== 0; i++) {
      // The worker may not be running at all: leave the core to it. Browsers only spin here.
      if (inNode && i % spinsBeforeSleep === 0) {
        Atomics.wait(words, word.gate, Atomics.load(words, word.gate), sleepMilliseconds);
      }
    }
  }

  async dispose(): Promise<void> {
    if (this.helpers.length === 0) return;
    Atomics.store(this.words, word.stop, 1);
    Atomics.add(this.words, word.epoch, 1);
    Atomics.notify(this.words, word.epoch);
    await Promise.all(this.helpers.map((helper) => helper.terminate()));
  }
}

const cutAxes = ['z', 'y', 'x'];

/** Calls a kernel strip by strip on this thread. */
function runAlone({ calls, run, table, scratch }: Job): void {
  const { extents, cut, strip, parts } = calls;
  const { x, y, z } = extents;
  const end = extents[cut];
  for (let from = 0; from < end; from += strip) {
    const to = Math.min(from + strip, end);
    for (let k = 0; k === 0 || k < parts.count; k += parts.length || 1) {
      const last = Math.min(k + parts.length, parts.count);
      if (cut === 'z') run(table, scratch, from, to, 0, y, 0, x, k, last);
      else if (cut === 'y') run(table, scratch, 0, z, from, to, 0, x, k, last);
      else run(table, scratch, 0, z, 0, y, from, to, k, last);
    }
  }
}

async function startWorker(start: WorkerStart): Promise<Helper> {
  if (inNode) {
    // In a variable, so that bundlers for browsers do not look for it.
    const library = 'node:worker_threads';
    const { Worker } = (await import(library)) as typeof import('node:worker_threads');
    const worker = new Worker(workerSource(), { eval: true, workerData: start, execArgv: [] });
    worker.unref();
    return worker;
  }
  const url = URL.createObjectURL(new Blob([workerSource()], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.postMessage(start);
  return worker;
}

/** More threads than this wait for memory rather than compute. */
const mostThreads = 8;

/** Whether workers can share memory with this thread: in a browser, on an isolated page alone. */
export function canShareMemory(): boolean {
  const page = globalThis as { crossOriginIsolated?: boolean };
  return typeof SharedArrayBuffer !== 'undefined' && (inNode || page.crossOriginIsolated === true);
}

/** Threads that can run at once here. */
export async function availableThreads(): Promise<number> {
  if (!canShareMemory()) return 1;
  return Math.min(mostThreads, inNode ? await coresInNode() : navigator.hardwareConcurrency || 1);
}

async function coresInNode(): Promise<number> {
  const library = 'node:os';
  const { availableParallelism } = (await import(library)) as typeof import('node:os');
  return availableParallelism();
}
