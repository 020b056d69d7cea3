/** @file What differs between Node and browsers: workers, cores, shared memory. */

import { mostThreads } from '../tuning.ts';
import { type WorkerStart, workerSource } from './worker.ts';

/** Whether this is Node rather than a browser. */
export const inNode = typeof process !== 'undefined' && Boolean(process.versions?.node);

/** A worker of Node or of a browser. */
export interface WorkerThread {
  terminate(): unknown;
}

/** Starts a worker thread, which does not keep the process alive. */
export async function startWorker(start: WorkerStart): Promise<WorkerThread> {
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

/** Whether workers can share memory with this thread: in a browser, on an isolated page alone. */
export function canShareMemory(): boolean {
  const page = globalThis as { crossOriginIsolated?: boolean };
  return typeof SharedArrayBuffer !== 'undefined' && (inNode || page.crossOriginIsolated === true);
}

/** How many threads a device has by default: as many as can run at once and gain by it. */
export async function availableThreads(): Promise<number> {
  if (!canShareMemory()) return 1;
  return Math.min(mostThreads, inNode ? await coresInNode() : navigator.hardwareConcurrency || 1);
}

async function coresInNode(): Promise<number> {
  const library = 'node:os';
  const { availableParallelism } = (await import(library)) as typeof import('node:os');
  return availableParallelism();
}
