/** @file hypertape/models: recommenders that can be trained, attacked through and evaluated. */

export { epochBatches } from './batches.ts';
export {
  type Activation,
  activations,
  type ItemAeOptions,
  type ItemAeState,
  type ItemAeWeights,
  initialWeights,
  itemAe,
} from './item-ae.ts';
export type { Poison, Recommender, WeightedLoss } from './model.ts';
export {
  type BuiltModel,
  buildModel,
  erase,
  expectModel,
  type ModelName,
  type ModelSettings,
  modelDefaults,
  modelNames,
  syntheticDefaults,
} from './registry.ts';
export {
  initialFactors,
  type WrmfFactors,
  type WrmfOptions,
  type WrmfState,
  wrmf,
} from './wrmf.ts';
