/**
 * @file The numbers that trade one cost for another. Each comment ends with the benchmarks that
 * judge the number, `npm run bench -- NAME`: those whose code or calls change if it is halved or
 * doubled, or that spend the time it is about. None means that no benchmark changes by so much.
 */

// Groups of kernels.

/** Nodes of a group: fewer passes over memory against registers and time to compile. None. */
export const maxNodes = 160;
/** Slots of a group: fewer passes over memory against a pointer for each. synthetic, gowalla. */
export const maxSlots = 24;

// Tiles.

/**
 * Accumulators of a loop: operands are loaded less often, until accumulators and operands no
 * longer fit 16 registers. matmul, sparse, synthetic, gowalla.
 */
export const maxAccumulators = 8;
/**
 * Nodes below which an elementwise nest computes two vectors at a time: latency of arithmetic
 * against registers. adam, synthetic, gowalla.
 */
export const shortExpression = 24;
/** Vector loads that a load of four scattered cells costs: decides how lanes count. None. */
export const scatteredCost = 4;
/**
 * Copies of the body of a loop over few cells: latency of additions against registers. sparse,
 * softmax, synthetic, gowalla.
 */
export const chains = 4;
/** Iterations from which those copies are worth their code. None. */
export const leastUnrolled = 64;

// Caches.

/**
 * Bytes of an operand that stay in the first cache while all rows read it: more of them are packed,
 * or make columns the outer loop. matmul, synthetic, gowalla.
 */
export const smallOperand = 24 * 1024;
/**
 * Bytes of a packed panel: rows are read less often against the second cache, in which the panel
 * stays while all rows read it. matmul, gowalla.
 */
export const largestPanel = 256 * 1024;
/** Columns of a panel at least: a sum for which they do not fit is not packed. None. */
export const narrowestPanel = 32;
/** Rows from which the copy to a panel is worth its time. synthetic. */
export const fewestPackedRows = 16;
/** Iterations of a sum over neighbours that is taken whole: calls against the cache. matmul. */
export const longestSum = 1024;
/**
 * Iterations of a part: accumulators are loaded and stored less often against the cache. matmul,
 * synthetic, gowalla.
 */
export const partLengths = { least: 64, most: 512 };
/**
 * Bytes over which a part reads one column, at a stride: longer parts against pages that the
 * processor's table no longer holds. matmul, synthetic, gowalla.
 */
export const pagedBytes = 256 * 1024;
/** Rows and iterations from which parts are worth their calls. synthetic. */
export const leastInParts = { rows: 16, iterations: 128 };
/** Columns from which a dense sum beside a sparse one is worth a nest. None. */
export const wideBesideSparse = 32;

// Strips and threads.

/**
 * Work of a call, in loads and operations: the engine takes better code from call to call, against
 * the time of a call. matmul, sparse, adam, softmax, synthetic, gowalla.
 */
export const workOfStrip = 32e6;
/**
 * Columns of a strip at least, two lines of the cache: even shares against threads that write to
 * one line. matmul, sparse, synthetic, gowalla.
 */
export const leastColumns = 32;
/**
 * Rows of a strip at least if each strip packs its panels: even shares against copies. matmul,
 * synthetic, gowalla.
 */
export const leastPackedRows = 128;
/**
 * Strips of rows below which columns are cut: threads wait less against copies. matmul, synthetic.
 */
export const fewestStrips = 8;
/** Entries of a sparse row that work is estimated by. sparse, synthetic, gowalla. */
export const usualRowEntries = 32;
/** Work from which telling other threads takes less time than they save. synthetic. */
export const leastSharedWork = 2e6;
/** Strips for each thread: the first to be done takes over from the last, against calls. matmul. */
export const stripsPerThread = 4;
/**
 * Milliseconds that a worker looks for the next job before it sleeps: a busy core against the time
 * of waking up, which is longer than a small kernel. synthetic, replay.
 */
export const spinMilliseconds = 0.2;
/**
 * How often the main thread looks whether workers are done before it sleeps: time of waking up
 * against a worker that waits for this core. synthetic, if cores are few.
 */
export const spinsBeforeSleep = 20_000;
/** Milliseconds that it sleeps then. synthetic, if cores are few. */
export const sleepMilliseconds = 0.05;
/** Threads by default at most: more would wait for memory. gowalla, if cores are many. */
export const mostThreads = 8;
/** Modules that a worker keeps compiled: memory against compiling again. synthetic, gowalla. */
export const maxInstances = 600;

// Memory.

/**
 * Bytes that the memory grows by at least, else by an eighth: calls of the system against waste.
 * gowalla.
 */
export const leastGrowth = 16 * 1024 * 1024;
/** Bytes of the blocks that share slabs, so that scalars do not lie between large blocks. None. */
export const smallBytes = 4096;
/** Bytes of a slab. None. */
export const slabBytes = 65536;
