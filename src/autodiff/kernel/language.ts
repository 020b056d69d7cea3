/**
 * @file The kernel language as primitives of users' own write it: expressions of one cell, and under
 * `index` the arithmetic of the positions that they read.
 */

export { binary, number, select, unary, within } from './expression.ts';
export * as index from './index-expression.ts';
