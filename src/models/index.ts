/** @file hypertape/models: recommenders that can be trained, attacked through and evaluated. */

export { epochBatches, epochLength } from './batches.ts';
export { type CmlOptions, type CmlParameters, cml, cmlFactors, cmlLoss } from './cml.ts';
export {
  type EmbeddingModel,
  type EmbeddingSettings,
  type Embeddings,
  fitEmbeddings,
} from './embedding-training.ts';
export { factorModel, loadFactorModel } from './factor-model.ts';
export {
  type Activation,
  activations,
  type ItemAeOptions,
  type ItemAeState,
  type ItemAeWeights,
  initialWeights,
  itemAe,
  itemAeLoss,
} from './item-ae.ts';
export { nearestItems, neighbourScores } from './item-cf.ts';
export { collaborativeMetricLearning } from './kinds/cml.ts';
export { itemAutoencoder } from './kinds/item-ae.ts';
export { itemCf } from './kinds/item-cf.ts';
export { variationalAutoencoder } from './kinds/mult-vae.ts';
export { neuralMatrixFactorization } from './kinds/neumf.ts';
export { alternatingLeastSquares } from './kinds/wrmf-als.ts';
export { wrmfSgd } from './kinds/wrmf-sgd.ts';
export type { Layer } from './layers.ts';
export {
  type Factors,
  type Poison,
  predictions,
  type Recommender,
  scoresOf,
  type WeightedLoss,
} from './model.ts';
export {
  initialMultVae,
  type MultVaeBatch,
  type MultVaeOptions,
  type MultVaeState,
  type MultVaeWeights,
  multVae,
} from './mult-vae.ts';
export {
  initialNeumf,
  type NeumfOptions,
  type NeumfParameters,
  type NeumfSizes,
  type NeumfTables,
  neumfLoss,
} from './neumf.ts';
export type { Confidence } from './normal-equations.ts';
export {
  modelKind,
  modelKinds,
  modelNames,
  type SurrogateKind,
  surrogateKind,
  surrogateNames,
} from './registry.ts';
export {
  type SettingDefinition,
  type SettingName,
  type Settings,
  type SettingValue,
  settingDefinitions,
} from './settings.ts';
export type {
  FitOptions,
  ModelKind,
  ScoreUsers,
  Surrogate,
  TrainedModel,
} from './trained-model.ts';
export {
  initialFactors,
  type WrmfFactors,
  type WrmfOptions,
  type WrmfState,
  wrmf,
  wrmfLoss,
} from './wrmf.ts';
export {
  type AlsBatch,
  type AlsHalf,
  type AlsOptions,
  alternations,
  linearConfidence,
  stepConfidence,
  wrmfAls,
} from './wrmf-als.ts';
