/** @file The solvers of `implicit`. */

export { type CgOptions, cg } from './cg.ts';
export { direct } from './direct.ts';
export { type FixedPointOptions, fixedPoint } from './fixed-point.ts';
export { type NeumannOptions, neumann } from './neumann.ts';
export { normalCg } from './normal-cg.ts';
export { type NystromOptions, nystrom } from './nystrom.ts';
export { oneStep } from './one-step.ts';
export type { LinearSystem, Solution, Solver, Stop } from './solver.ts';
