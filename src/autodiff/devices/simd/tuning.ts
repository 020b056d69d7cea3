/** @file The numbers that trade one cost for another, with what each of them trades. */

// Grouping kernels.

/** Nodes of a group: fewer passes over memory against registers and time to compile. */
export const maxNodes = 160;
/** Values that a group reads and writes: as above, and each needs a pointer in a register. */
export const maxSlots = 24;

// Tiles.

/** Accumulators of a loop: operands read less often, until they do not fit 16 registers. */
export const maxAccumulators = 8;
/** Nodes below which an elementwise nest computes two vectors at a time, to hide latency. */
export const shortExpression = 24;
/** Loads that a load of four scattered cells costs. */
export const scatteredCost = 4;
/** Copies of a loop's body that hide the latency of additions where cells are few. */
export const chains = 4;
/** The shortest loop that is worth those copies. */
export const leastUnrolled = 64;

// What stays in the cache.

/** Bytes that stay in the first cache while all rows read them; more make columns the outer loop. */
export const smallOperand = 24 * 1024;
/** Bytes of a packed panel, which stays in the second cache while all rows read it. */
export const largestPanel = 256 * 1024;
/** Columns of a panel at least: below, packing copies more than it saves. */
export const narrowestPanel = 32;
/** Rows that earn the copy of a packed operand back. */
export const fewestPackedRows = 16;
/** Iterations of a sum whose operands stay in the cache; longer ones are taken in parts. */
export const longestSum = 1024;
/** Iterations of a part: shorter ones load and store accumulators more often. */
export const partLengths = { least: 64, most: 512 };
/** Bytes between cells of one column, times rows read: what the page table holds at once. */
export const pagedBytes = 256 * 1024;
/** Rows and iterations below which parts are not worth their calls. */
export const leastInParts = { rows: 16, iterations: 128 };
/** Columns beyond which a dense sum beside a sparse one gets a nest of its own. */
export const wideBesideSparse = 32;

// Strips and threads.

/** Work of a call: engines replace code by better code between calls, each of which costs a bit. */
export const workOfStrip = 32e6;
/** Columns of a strip: two lines of the cache. */
export const leastColumns = 32;
/** Rows of a strip for which a panel is packed anew. */
export const leastPackedRows = 128;
/** With fewer strips of rows threads would wait for each other: strips of columns then. */
export const fewestStrips = 8;
/** Entries of a sparse row that work is estimated by. */
export const usualRowEntries = 32;
/** Work below this takes less time than to tell other threads of it. */
export const leastSharedWork = 2e6;
/** Strips for each thread, so that the first to be done takes over from the last. */
export const stripsPerThread = 4;
/** A worker looks for the next job for so long before it sleeps: to wake up takes longer than a kernel. */
export const spinMilliseconds = 0.2;
/** The main thread looks so often whether the workers are done before it leaves them its core. */
export const spinsBeforeSleep = 20_000;
export const sleepMilliseconds = 0.05;
/** More threads than this wait for memory rather than compute. */
export const mostThreads = 8;
/** Instances that a worker keeps: memory against compiling a module again. */
export const maxInstances = 600;

// Memory.

/** The memory grows by at least so many bytes, and by an eighth: calls of the system against waste. */
export const leastGrowth = 16 * 1024 * 1024;
/** Blocks up to this share slabs, so that scalars do not lie between large blocks. */
export const smallBytes = 4096;
export const slabBytes = 65536;
