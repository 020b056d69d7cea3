/** @file What a worker thread runs: it joins open jobs and computes strips of them. */

import { controlWords, functionName, type KernelFunction, word } from '../convention.ts';
import { maxInstances, spinMilliseconds } from '../tuning.ts';
import { moduleImports } from '../wasm/module.ts';

/*
 * Workers run the functions below, `functionName` and `moduleImports` from their source text. They
 * name nothing outside of themselves and declare no functions inside: bundlers rename the first
 * and wrap the second.
 */

type Words = { readonly [name: string]: number };

/** Computes strips of the job in the control words, as thread `thread`, until none is left. */
export function runStrips(
  words: Int32Array,
  word: Words,
  thread: number,
  run: KernelFunction,
): void {
  const table = words[word.table];
  const scratch = (words[word.scratch] + thread * words[word.scratchStride]) | 0;
  const cut = words[word.cut];
  const z = words[word.z];
  const y = words[word.y];
  const x = words[word.x];
  const extent = cut === 0 ? z : cut === 1 ? y : x;
  const strip = words[word.strip];
  const strips = words[word.strips];
  const count = words[word.partCount];
  const length = words[word.partLength];
  for (;;) {
    const index = Atomics.add(words, word.nextStrip, 1);
    if (index >= strips) return;
    const from = index * strip;
    const to = Math.min(from + strip, extent);
    for (let k = 0; k < count; k += length) {
      const last = Math.min(k + length, count);
      if (cut === 0) run(table, scratch, from, to, 0, y, 0, x, k, last);
      else if (cut === 1) run(table, scratch, 0, z, from, to, 0, x, k, last);
      else run(table, scratch, 0, z, 0, y, from, to, k, last);
    }
    if (index === strips - 1) return;
  }
}

/** Joins the open job, if there is one. */
function enter(words: Int32Array, word: Words): boolean {
  for (;;) {
    const inside = Atomics.load(words, word.gate);
    if (inside < 0) return false;
    if (Atomics.compareExchange(words, word.gate, inside, inside + 1) === inside) return true;
  }
}

/** Waits for a job after the last: looks for it for `spin` milliseconds, then sleeps. */
function nextEpoch(words: Int32Array, word: Words, last: number, spin: number): number {
  let until = performance.now() + spin;
  for (let i = 0; Atomics.load(words, word.epoch) === last; i++) {
    if (i % 256 !== 255 || performance.now() < until) continue;
    Atomics.wait(words, word.epoch, last);
    until = performance.now() + spin;
  }
  return Atomics.load(words, word.epoch);
}

/** What `workerLoop` cannot name from inside of a worker. */
interface Outside {
  readonly moduleImports: typeof moduleImports;
  readonly functionName: typeof functionName;
  readonly runStrips: typeof runStrips;
  readonly enter: typeof enter;
  readonly nextEpoch: typeof nextEpoch;
  readonly word: Words;
  readonly controlWords: number;
  readonly spin: number;
  readonly maxInstances: number;
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly memory: WebAssembly.Memory;
  /** The address of the control block. */
  readonly control: number;
  /** From 1 on; the main thread is 0. */
  readonly thread: number;
}

function workerLoop(outside: Outside, { memory, control, thread }: WorkerStart): void {
  const { word } = outside;
  const words = new Int32Array(memory.buffer, control, outside.controlWords);
  const instances = new Map<number, WebAssembly.Instance>();
  for (let epoch = 0; ; ) {
    epoch = outside.nextEpoch(words, word, epoch, outside.spin);
    if (Atomics.load(words, word.stop) !== 0) return;
    if (!outside.enter(words, word)) continue;
    const id = words[word.module];
    const instance = instances.get(id);
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    try {
      if (instance) {
        const run = instance.exports[outside.functionName(words[word.function])];
        outside.runStrips(words, word, thread, run as KernelFunction);
      } else {
        bytes = new Uint8Array(words[word.moduleBytes]);
        bytes.set(new Uint8Array(memory.buffer, words[word.moduleAddress] >>> 0, bytes.length));
      }
    } finally {
      Atomics.sub(words, word.gate, 1);
    }
    if (!bytes) continue;
    // Compiled outside of the job: nobody waits for it.
    const module = new WebAssembly.Module(bytes);
    instances.set(id, new WebAssembly.Instance(module, outside.moduleImports(memory)));
    if (instances.size > outside.maxInstances) {
      instances.delete(instances.keys().next().value as number);
    }
  }
}

/** The source of a worker, which gets its `WorkerStart` as worker data or as its first message. */
export function workerSource(): string {
  const values = JSON.stringify({ word, controlWords, spin: spinMilliseconds, maxInstances });
  const functions = Object.entries({ moduleImports, functionName, runStrips, enter, nextEpoch })
    .map(([name, fn]) => `${name}: ${fn}`)
    .join();
  return [
    `const start = (${workerLoop}).bind(null, { ...${values}, ${functions} });`,
    "if (typeof require === 'function') start(require('node:worker_threads').workerData);",
    'else onmessage = ({ data }) => start(data);',
  ].join('\n');
}
