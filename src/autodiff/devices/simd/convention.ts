/**
 * @file What the compiler, the threads and the writer of rows agree on: how a kernel function is
 * called, and the words by which threads share the strips of a call.
 */

/**
 * Parameters of a kernel function, by position; all are integers, and nothing is returned. A pair
 * is a range: `from <= variable < to`.
 */
export const parameter = {
  /** Address of the slot table, which holds the address of each value. */
  table: 0,
  /** Address of the scratch memory of the thread, for packed panels. */
  scratch: 1,
  /** The cells to compute, by axis. */
  z: [2, 3],
  y: [4, 5],
  x: [6, 7],
  /** The iterations to take of a sum that is taken in parts. */
  k: [8, 9],
} as const;

/** The names of all parameters, for text. */
export const parameterNames: readonly string[] = Object.entries(parameter).flatMap(
  ([name, place]) => (typeof place === 'number' ? [name] : [`${name}.from`, `${name}.to`]),
);

/** How many integers a kernel function takes. */
export const parameterCount = parameterNames.length;

/** A kernel function as JavaScript calls it. */
export type KernelFunction = (...parameters: number[]) => void;

/** The name that a module exports kernel function `index` by. Workers run this from its source. */
export function functionName(index: number): string {
  return `n${index}`;
}

/** Names of parameters in addresses. */
export const bound = { partFrom: 'part.from', partTo: 'part.to', stripFrom: 'strip.from' } as const;

/** The axes of the cells of a nest, slowest first. */
export const axes = ['z', 'y', 'x'] as const;
/** One of them. */
export type Axis = (typeof axes)[number];

/** Cells are f32 numbers or 32-bit integers. */
export const bytesPerCell = 4;

/** Values start at lines of the cache. */
export const blockAlignment = 64;

/** Words of the control block, which threads share: what they wait for, then from 3 on the job. */
export const word = {
  /** Counts jobs; workers sleep on it. */
  epoch: 0,
  /** How many workers compute the open job, or -1 while none is open. */
  gate: 1,
  /** Not 0 when workers are to end. */
  stop: 2,
  nextStrip: 3,
  /** The module, whose bytes are in the memory, and the index of its function. */
  module: 4,
  moduleAddress: 5,
  moduleBytes: 6,
  function: 7,
  table: 8,
  scratch: 9,
  /** Bytes from the scratch memory of one thread to that of the next. */
  scratchStride: 10,
  z: 11,
  y: 12,
  x: 13,
  /** Position in `axes` of the axis that is cut. */
  cut: 14,
  strip: 15,
  strips: 16,
  /** Iterations of the sum that is taken in parts, and those of a part. */
  partCount: 17,
  partLength: 18,
} as const;

/** How many words of 32 bits the control block has. */
export const controlWords = Object.keys(word).length;
