/** @file hypertape/models: recommenders that can be trained, attacked through and evaluated. */

export { settingsMisfit } from './checked.ts';
export {
  type CmlOptions,
  type CmlParameters,
  type CmlSettings,
  cml,
  cmlFactors,
  cmlKind,
  cmlLoss,
} from './cml.ts';
export { factorModel, loadFactorModel } from './factor-model.ts';
export {
  type ItemAeOptions,
  type ItemAeSettings,
  type ItemAeState,
  type ItemAeWeights,
  initialItemAe,
  itemAe,
  itemAeKind,
  itemAeLoss,
} from './item-ae.ts';
export { type ItemCfSettings, itemCfKind, nearestItems, neighbourScores } from './item-cf.ts';
export type {
  FitOptions,
  ModelKind,
  ScoreUsers,
  Surrogate,
  SurrogateKind,
  TrainedModel,
  TrainingStep,
} from './kind.ts';

export type { Confidence, WeightedLoss } from './losses/weighted-loss.ts';
export {
  initialMultVae,
  type MultVaeBatch,
  type MultVaeOptions,
  type MultVaeSettings,
  type MultVaeState,
  type MultVaeWeights,
  multVae,
  multVaeKind,
} from './mult-vae.ts';
export {
  initialNeumf,
  type NeumfOptions,
  type NeumfSettings,
  neumf,
  neumfKind,
  neumfLoss,
} from './neumf.ts';
export type { NeumfParameters, NeumfSizes, NeumfTables } from './neumf-scorer.ts';
export {
  type Factors,
  type Poison,
  predictions,
  type Recommender,
  scoresOf,
  type TrainingLoss,
} from './recommender.ts';
export {
  modelKind,
  modelKinds,
  modelNames,
  surrogateKind,
  surrogateNames,
  victimNames,
} from './registry.ts';
export {
  misfit,
  type SettingDefinition,
  type SettingName,
  type Settings,
  type SettingValue,
  settingDefinitions,
} from './settings.ts';
export {
  type Batch,
  type EpochSettings,
  epochBatches,
  epochLength,
  type Minibatch,
} from './training/batches.ts';
export type { ClickPairs } from './training/click-pairs.ts';
export type { DescentSettings, DescentState } from './training/descent.ts';
export {
  type EmbeddingModel,
  type EmbeddingSettings,
  type Embeddings,
  fitEmbeddings,
} from './training/embeddings.ts';
export { differentiableKind, fitSurrogate } from './training/fit.ts';
export { type Activation, activations, type Layer } from './training/layers.ts';
export { type RecordedStep, stepFunction, type TapeOrder, tapeOfStep } from './training/tape.ts';
export {
  type AlsBatch,
  type AlsHalf,
  alternations,
  linearConfidence,
  stepConfidence,
  type WrmfAlsOptions,
  type WrmfAlsSettings,
  wrmfAls,
  wrmfAlsKind,
} from './wrmf-als.ts';
export { type WrmfAprSettings, wrmfAprKind } from './wrmf-apr.ts';
export {
  initialFactors,
  type WrmfFactors,
  type WrmfSgdOptions,
  type WrmfSgdSettings,
  type WrmfSgdState,
  wrmfGradient,
  wrmfLoss,
  wrmfSgd,
  wrmfSgdKind,
  wrmfUserLosses,
} from './wrmf-sgd.ts';
export { type WrmfVatSettings, wrmfVatKind } from './wrmf-vat.ts';
