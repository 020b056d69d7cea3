/** @file What a worker thread runs: it joins open jobs and computes strips of them. */

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
  const read = (name: string) => words[word[name]];
  const extents = [read('z'), read('y'), read('x')];
  const cut = read('cut');
  const length = read('partLength');
  const count = read('partCount');
  const scratch = (read('scratch') + thread * read('scratchStride')) | 0;
  const table = read('table');
  const strip = read('strip');
  for (;;) {
    const at = Atomics.add(words, word.nextStrip, 1);
    if (at >= read('strips')) return;
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

/** Takes the control block's words, the names of words, the memory, its address and the thread. */
function workerLoop(
  strips: typeof runStrips,
  word: { readonly [name: string]: number },
  { spin, instances: most }: { spin: number; instances: number },
  { memory, control, thread }: { memory: WebAssembly.Memory; control: number; thread: number },
): void {
  const words = new Int32Array(memory.buffer, control, 32);
  const instances = new Map<number, WebAssembly.Instance>();
  const instantiate = (id: number, bytes: Uint8Array<ArrayBuffer>) => {
    const module = new WebAssembly.Module(bytes);
    instances.set(id, new WebAssembly.Instance(module, { env: { memory } }));
    if (instances.size > most) instances.delete(instances.keys().next().value as number);
  };
  const enter = () => {
    for (;;) {
      const inside = Atomics.load(words, word.gate);
      if (inside < 0) return false;
      if (Atomics.compareExchange(words, word.gate, inside, inside + 1) === inside) return true;
    }
  };
  const work = () => {
    const id = words[word.module];
    const instance = instances.get(id);
    if (instance) {
      const name = `n${words[word.function]}`;
      strips(words, word, thread, instance.exports[name] as (...args: number[]) => void);
      Atomics.sub(words, word.gate, 1);
      return;
    }
    // The bytes are copied inside of the job and compiled outside of it: nobody waits for that.
    const bytes = new Uint8Array(words[word.moduleBytes]);
    bytes.set(new Uint8Array(memory.buffer, words[word.moduleAt] >>> 0, bytes.length));
    Atomics.sub(words, word.gate, 1);
    instantiate(id, bytes);
  };
  let epoch = 0;
  for (;;) {
    let until = performance.now() + spin;
    for (let i = 0; Atomics.load(words, word.epoch) === epoch; i++) {
      if (i % 256 !== 255 || performance.now() < until) continue;
      Atomics.wait(words, word.epoch, epoch);
      until = performance.now() + spin;
    }
    epoch = Atomics.load(words, word.epoch);
    if (Atomics.load(words, word.stop) !== 0) return;
    if (enter()) work();
  }
}

/** The source of a worker; it gets `{ memory, control, thread }` with its start. */
export function workerSource(): string {
  const settings = JSON.stringify({ spin: spinMilliseconds, instances: maxInstances });
  return [
    // Bundlers and test runners may wrap functions in this helper of theirs.
    'const __name = (fn) => fn;',
    `const strips = ${runStrips};`,
    `const start = (${workerLoop}).bind(null, strips, ${JSON.stringify(word)}, ${settings});`,
    "if (typeof require === 'function') start(require('node:worker_threads').workerData);",
    'else onmessage = ({ data }) => start(data);',
  ].join('\n');
}
