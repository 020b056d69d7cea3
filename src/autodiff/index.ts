/** @file hypertape/autodiff: the tape, its operations, transforms and devices. */

export { type CheckFunctionOptions, checkFunction, type Numbers } from './checks/check-function.ts';
export { type CheckOptions, checkGradients } from './checks/check-gradients.ts';
export type { Edge, Kink } from './checks/differences.ts';
export { type EntryReport, GradientError, type GradientReport } from './checks/report.ts';
export { type Plan, planCells, showPlan } from './compile/plan.ts';
export { type Device, DeviceError, type DeviceMemory } from './devices/device.ts';
export { defaultDevice, openDevice, setDefaultDevice } from './devices/open.ts';
export { showNests } from './devices/simd/show-nests.ts';
export * from './functions/along-axis.ts';
export * from './functions/layers.ts';
export * from './functions/least-squares.ts';
export * from './functions/norm.ts';
export * from './functions/optimizers/index.ts';
export { type SolveOptions, solve } from './functions/solve.ts';
export {
  type Attribution,
  type AttributionOptions,
  attribution,
  type StepShare,
  type Truncation,
} from './hypergradient/attribution.ts';
export type {
  Certificate,
  Finding,
  FindingName,
  Level,
} from './hypergradient/certificates/certificate.ts';
export type { Factorization } from './hypergradient/certificates/gauge.ts';
export {
  type CheckpointOptions,
  type Checkpoints,
  MethodError,
} from './hypergradient/checkpoints.ts';
export {
  type ComparedRow,
  type CompareOptions,
  type Comparison,
  compareHypergradients,
  type RefusedRow,
} from './hypergradient/compare.ts';
export { directionalDerivative } from './hypergradient/directional-derivative.ts';
export type { DirectionOptions } from './hypergradient/directions.ts';
export { drMad } from './hypergradient/estimators/dr-mad.ts';
export type { Estimator, Hypergradient, RunOptions } from './hypergradient/estimators/estimator.ts';
export { exact } from './hypergradient/estimators/exact.ts';
export {
  type FiniteDifferenceOptions,
  finiteDifferences,
} from './hypergradient/estimators/finite-differences.ts';
export { forward } from './hypergradient/estimators/forward.ts';
export { type ImplicitOptions, implicit } from './hypergradient/estimators/implicit.ts';
export { partial } from './hypergradient/estimators/partial.ts';
export { truncated } from './hypergradient/estimators/truncated.ts';
export { type HypergradientOptions, hypergradient } from './hypergradient/hypergradient.ts';
export {
  type Hypergradients,
  type HypergradientsOptions,
  hypergradients,
} from './hypergradient/hypergradients.ts';
export { type Likeness, likenessOf } from './hypergradient/likeness.ts';
export { outerHvp, type WithTangent } from './hypergradient/outer-hvp.ts';
export {
  type BilevelProblem,
  type NoData,
  noData,
  type Objective,
  type Progress,
  type Training,
} from './hypergradient/problem.ts';
export type { Swept } from './hypergradient/reverse-sweep.ts';
export { scheduledCost } from './hypergradient/revolve.ts';
export { showComparison } from './hypergradient/show-comparison.ts';
export * from './hypergradient/solvers/index.ts';
export { type TrainOptions, train } from './hypergradient/training.ts';
export type { BinaryFunction, Expression, Fold, UnaryFunction } from './kernel/expression.ts';
export type { Index } from './kernel/index-expression.ts';
export * as kernel from './kernel/language.ts';
export * from './ops/broadcasting.ts';
export { full, ones, onesLike, zeros, zerosLike } from './ops/constant.ts';
export { gather, type RowIndex, rowIndex, segmentSum } from './ops/gather.ts';
export { matmul, type TransposeFlags } from './ops/matmul.ts';
export * from './ops/one-hot.ts';
export { primitive } from './ops/own-primitive.ts';
export * from './ops/random.ts';
export { broadcastTo, sumTo } from './ops/reduce.ts';
export * from './ops/reductions.ts';
export { type DistinctRows, distinctRows, replaceRows } from './ops/replace-rows.ts';
export * from './ops/shapes.ts';
export {
  type CompressedRows,
  type SparsePattern,
  sddmm,
  sparsePattern,
  spmm,
  spmmTransposed,
} from './ops/sparse.ts';
export {
  backSubstitute,
  cholesky,
  forwardSubstitute,
  upperTriangle,
} from './ops/triangular.ts';
export { pad, stopGradient } from './ops/view.ts';
export { dropUploads, release } from './run/buffers.ts';
export { type Compiled, compile, evaluate, planOf, readAll } from './run/evaluate.ts';
export { explainNonFinite, type NonFiniteReport } from './run/explain.ts';
export { type KernelSource, kernelSource } from './run/kernel-source.ts';
export type { NonFiniteOrigin, Reading } from './run/non-finite.ts';
export { NonFiniteError } from './run/non-finite-error.ts';
export { compiledPlans } from './run/programs.ts';
export { type Hold, scope } from './run/scope.ts';
export { showTape } from './run/show-tape.ts';
export {
  forwardPass,
  type Tape,
  type TapeKernel,
  type TapeNode,
  type TapeOutput,
  tapeOf,
} from './run/tape-of.ts';
export { type TapeValue, tapeValues } from './run/tape-values.ts';
export { Turns } from './run/turns.ts';
export { updateRows } from './run/update-rows.ts';
export type { NonFinite, Place } from './run/watch.ts';
export type { Cell, Primitive, Reads } from './tape/primitive.ts';
export { type Shape, ShapeError } from './tape/shape.ts';
export {
  type HostArray,
  indexTensor,
  type NestedNumbers,
  Tensor,
  tensor,
} from './tape/tensor.ts';
export { leaves, mapTree, type Tree } from './tape/tree.ts';
export { TraceError } from './transforms/closure.ts';
export { customVjp, recomputed } from './transforms/custom.ts';
export { grad, hvp, jvp, valueAndGrad, vjp } from './transforms/grad.ts';
export * from './transforms/jacobian.ts';
