/** @file The part of hypertape/data that runs in browsers too: everything but files. */

export type { DataSet, LabelledDataSet } from './data-set.ts';
export { digestOf, type Ids } from './digest.ts';
export { expectDisjoint, expectTest } from './disjoint.ts';
export { npzOf } from './formats/npz-bytes.ts';
export { holdout, splitRows } from './holdout.ts';
export { type IdMap, idMap, type Side } from './ids.ts';
export type { Interactions } from './interactions.ts';
export { kCore } from './kcore.ts';
export { Largest } from './largest.ts';
export type { NamedArray, NamedArrays } from './named-arrays.ts';
export {
  type ClickBatch,
  type Contrasted,
  clickBatches,
  contrasted,
} from './negatives.ts';
export { type Random, random, seedAfter } from './random.ts';
export * from './sparse.ts';
export {
  givenSplit,
  needsTimes,
  type SplitData,
  type SplitName,
  type SplitOptions,
  splitInteractions,
  splits,
} from './split.ts';
export { type SyntheticOptions, synthetic } from './synthetic.ts';
