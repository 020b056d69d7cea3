/**
 * @file The calling convention of kernel functions, which the compiler, the threads and the writer
 * of rows agree on. Every function takes ten integers and returns nothing.
 */

/** Parameters of a kernel function, by position. Ranges are `from <= variable < to`. */
export const parameter = {
  /** Address of the slot table, which holds the address of each value. */
  table: 0,
  /** Address of the scratch memory of the thread, for packed panels. */
  scratch: 1,
  /** The threads to compute, by axis. */
  z: [2, 3],
  y: [4, 5],
  x: [6, 7],
  /** The iterations to take of a sum that is taken in parts. */
  k: [8, 9],
} as const;

export const parameterCount = 10;

/** The name that a module exports its kernel function `index` by. */
export const functionName = (index: number): string => `n${index}`;

/** Names of parameters in addresses. */
export const bound = { partFrom: 'part.from', partTo: 'part.to', stripFrom: 'strip.from' } as const;

export const bytesPerCell = 4;

/** Values start at lines of the cache. */
export const blockAlignment = 64;
