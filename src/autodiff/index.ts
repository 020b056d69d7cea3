/** @file hypertape/autodiff: the tape, its operations, transforms and devices. */

export {
  type CheckOptions,
  checkGradients,
  GradientError,
  type GradientReport,
} from './check-gradients.ts';
export * from './composed.ts';
export { type Device, DeviceError, type DeviceMemory } from './devices/device.ts';
export { defaultDevice, openDevice, setDefaultDevice } from './devices/open.ts';
export { directionalDerivative } from './directional-derivative.ts';
export { type Compiled, compile, evaluate, planOf, readAll } from './evaluate.ts';
export {
  type BilevelProblem,
  type Hypergradient,
  type HypergradientOptions,
  hypergradient,
} from './hypergradient.ts';
export * from './math.ts';
export {
  type CheckpointOptions,
  type Checkpoints,
  exact,
  type Method,
  MethodError,
  partial,
  truncated,
} from './methods.ts';
export type { Objective } from './objective.ts';
export * from './optimizers.ts';
export { type Plan, planCells, showPlan } from './plan.ts';
export { full } from './primitives/constant.ts';
export { gather, type RowIndex, rowIndex, segmentSum } from './primitives/gather.ts';
export { matmul, type TransposeFlags } from './primitives/matmul.ts';
export { broadcastTo, sumTo } from './primitives/reduce.ts';
export { type DistinctRows, distinctRows, replaceRows } from './primitives/replace-rows.ts';
export {
  type CompressedRows,
  type SparsePattern,
  sddmm,
  sparsePattern,
  spmm,
  spmmTransposed,
} from './primitives/sparse.ts';
export {
  backSubstitute,
  cholesky,
  forwardSubstitute,
  upperTriangle,
} from './primitives/triangular.ts';
export { concat, flip, pad, reshape, slice, stopGradient, transpose } from './primitives/view.ts';
export { compiledPlans, dropUploads, release } from './programs.ts';
export { type Shape, ShapeError } from './shape.ts';
export { solve } from './solve.ts';
export {
  type HostArray,
  indexTensor,
  type NestedNumbers,
  Tensor,
  tensor,
} from './tensor.ts';
export * from './transforms.ts';
export { leaves, mapTree, type Tree } from './tree.ts';
export { noBatch, type Progress, type Training, train, Unrolled } from './unroll.ts';
export { updateRows } from './update-rows.ts';
