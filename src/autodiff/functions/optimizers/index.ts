/** @file Optimisers, one a file, with what is done to gradients before them, and schedules. */

export * from './adam.ts';
export * from './chain.ts';
export * from './momentum.ts';
export type { Optimizer, SgdOptions } from './optimizer.ts';
export * from './rmsprop.ts';
export * from './schedules.ts';
export * from './sgd.ts';
