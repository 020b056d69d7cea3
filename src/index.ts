/**
 * @file hypertape: what runs in Node and in browsers, of all layers. What reads and writes files is
 * in hypertape/data and hypertape/eval alone.
 */

export * from './attack/index.ts';
export * from './autodiff/index.ts';
export * from './data/portable.ts';
export * from './defence/index.ts';
export * from './errors.ts';
export * from './eval/portable.ts';
export * from './models/index.ts';
