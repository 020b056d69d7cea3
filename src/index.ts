/** @file hypertape: all layers of the library. */

export * from './attack/index.ts';
export * from './autodiff/index.ts';
export * from './data/index.ts';
export * from './errors.ts';
export * from './eval/index.ts';
export * from './models/index.ts';
