/** @file What a worker thread runs: it joins open jobs and computes strips of them. */

import { moduleImports } from '../wasm/module.ts';

/** Words of the control block in the shared memory. */
export const word = {
  /** Counts jobs; workers sleep on it. */
  epoch: 0,
  /** Workers inside of the open job, or -1 while none is open. */
  gate: 1,
  nextStrip: 2,
  strips: 3,
  stop: 4,
  /** The job: a function of a module, whose bytes stand in the memory. */
  module: 5,
  moduleAt: 6,
  moduleBytes: 7,
  function: 8,
  table: 9,
  scratch: 10,
  scratchStride: 11,
  z: 12,
  y: 13,
  x: 14,
  /** Which of z, y and x is cut, 0 to 2. */
  cut: 15,
  strip: 16,
  partCount: 17,
  partLength: 18,
} as const;

export const controlWords = 32;

/** A strip of the open job, computed by thread `thread`; both main thread and workers run it. */
export function runStrips(
  words: Int32Array,
  word: { readonly [name: string]: number },
  thread: number,
  fn: (...args: number[]) => void,
): void {
  const extents = [words[word.z], words[word.y], words[word.x]];
  const cut = words[word.cut];
  const length = words[word.partLength];
  const count = words[word.partCount];
  const scratch = (words[word.scratch] + thread * words[word.scratchStride]) | 0;
  const table = words[word.table];
  const strip = words[word.strip];
  for (;;) {
    const at = Atomics.add(words, word.nextStrip, 1);
    if (at >= words[word.strips]) return;
    const range = [0, extents[0], 0, extents[1], 0, extents[2]];
    range[2 * cut] = at * strip;
    range[2 * cut + 1] = Math.min((at + 1) * strip, extents[cut]);
    const [z0, z1, y0, y1, x0, x1] = range;
    for (let k = 0; k === 0 || k < count; k += length || 1) {
      fn(table, scratch, z0, z1, y0, y1, x0, x1, k, Math.min(k + length, count));
    }
  }
}

/** Looks for the next job for so long before it sleeps: waking up takes much longer than a kernel. */
const spinMilliseconds = 0.2;
/** Instances kept; one whose program is gone is forgotten once so many newer ones are there. */
const maxInstances = 600;

/*
 * The functions below run from their source text in a worker. They name nothing outside of
 * themselves and declare no functions inside: bundlers rename the first and wrap the second.
 */

type Names = { readonly [name: string]: number };

/** Joins the open job, if there is one. */
function enter(words: Int32Array, word: Names): boolean {
  for (;;) {
    const inside = Atomics.load(words, word.gate);
    if (inside < 0) return false;
    if (Atomics.compareExchange(words, word.gate, inside, inside + 1) === inside) return true;
  }
}

/** Sleeps until there is another job than the last, after looking for it for a while. */
function nextEpoch(words: Int32Array, word: Names, last: number, spin: number): number {
  let until = performance.now() + spin;
  for (let i = 0; Atomics.load(words, word.epoch) === last; i++) {
    if (i % 256 !== 255 || performance.now() < until) continue;
    Atomics.wait(words, word.epoch, last);
    until = performance.now() + spin;
  }
  return Atomics.load(words, word.epoch);
}

interface Parts {
  readonly moduleImports: typeof moduleImports;
  readonly runStrips: typeof runStrips;
  readonly enter: typeof enter;
  readonly nextEpoch: typeof nextEpoch;
  readonly word: Names;
  readonly spin: number;
  readonly instances: number;
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly memory: WebAssembly.Memory;
  /** The address of the control block. */
  readonly control: number;
  /** From 1 on; the main thread is 0. */
  readonly thread: number;
}

function workerLoop(parts: Parts, { memory, control, thread }: WorkerStart): void {
  const { word } = parts;
  const words = new Int32Array(memory.buffer, control, 32);
  const instances = new Map<number, WebAssembly.Instance>();
  for (let epoch = 0; ; ) {
    epoch = parts.nextEpoch(words, word, epoch, parts.spin);
    if (Atomics.load(words, word.stop) !== 0) return;
    if (!parts.enter(words, word)) continue;
    const id = words[word.module];
    const instance = instances.get(id);
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    try {
      if (instance) {
        const run = instance.exports[`n${words[word.function]}`];
        parts.runStrips(words, word, thread, run as (...args: number[]) => void);
      } else {
        bytes = new Uint8Array(words[word.moduleBytes]);
        bytes.set(new Uint8Array(memory.buffer, words[word.moduleAt] >>> 0, bytes.length));
      }
    } finally {
      Atomics.sub(words, word.gate, 1);
    }
    if (!bytes) continue;
    // Compiled outside of the job: nobody waits for it.
    const module = new WebAssembly.Module(bytes);
    instances.set(id, new WebAssembly.Instance(module, parts.moduleImports(memory)));
    if (instances.size > parts.instances) {
      instances.delete(instances.keys().next().value as number);
    }
  }
}

/** The source of a worker, which gets its `WorkerStart` as worker data or as its first message. */
export function workerSource(): string {
  const names = JSON.stringify({ word, spin: spinMilliseconds, instances: maxInstances });
  const functions = Object.entries({ moduleImports, runStrips, enter, nextEpoch })
    .map(([name, fn]) => `${name}: ${fn}`)
    .join();
  return [
    `const start = (${workerLoop}).bind(null, { ...${names}, ${functions} });`,
    "if (typeof require === 'function') start(require('node:worker_threads').workerData);",
    'else onmessage = ({ data }) => start(data);',
  ].join('\n');
}
