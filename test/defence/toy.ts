/** @file Six profiles of eight items, small enough for every figure to be checked by hand. */

import { fromPairs } from '../../src/data/sparse.ts';

const rows = ['11010000', '10100100', '11100010', '01001001', '11011000', '00100111'];

/** The profiles, a row each. */
export const toy = fromPairs(
  rows.flatMap((row, user) =>
    [...row].flatMap((cell, item): [number, number][] => (cell === '1' ? [[user, item]] : [])),
  ),
  6,
  8,
);
