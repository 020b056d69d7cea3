/** @file Data: sparse matrices, readers, splits, the synthetic generator. */

export type { DataSet } from './data-set.ts';
export { jsonLines, makeFolder, readText, writeAtomically } from './files.ts';
export { readDataFolder, writeDataFolder } from './folder.ts';
export { holdout, splitRows } from './holdout.ts';
export { kCore } from './kcore.ts';
export { Largest } from './largest.ts';
export type { NamedArray, NamedArrays } from './named-arrays.ts';
export {
  type ClickBatch,
  type Contrasted,
  clickBatches,
  contrasted,
} from './negatives.ts';
export { npyOf } from './npy.ts';
export { type Archive, readArchive, writeArchive } from './npz.ts';
export { type Random, random } from './random.ts';
export { type Format, type Interactions, readInteractions } from './read.ts';
export * from './sparse.ts';
export { readNpz, writeNpz } from './sparse-npz.ts';
export { type SyntheticOptions, synthetic } from './synthetic.ts';
