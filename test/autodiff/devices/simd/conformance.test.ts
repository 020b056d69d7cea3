/** @file The `simd` device computes every primitive within the derived bound. */

import './wasm/relaxed-flag.ts';
import { test } from 'uvu';
import { addressCases, primitiveCases, solveCases } from '../cases.ts';
import { checkAll } from './check-all.ts';

/** Around a vector, a tile, a strip, and what gpu.js cuts. */
const sizes = [9, 16, 31, 999, 1001, 4097];

test('simd computes every primitive within its bound, with relaxed SIMD and without', () =>
  checkAll(primitiveCases(sizes, [7, 1000, 1001, 2500])));

test('simd solves systems around a vector and a tile within their bounds', () =>
  checkAll(
    solveCases([
      [4, 1],
      [7, 5],
      [9, 1],
      [31, 3],
      [32, 1],
      [33, 34],
      [40, 2],
    ]),
  ));

test('simd addresses cells far beyond 2^21', () => checkAll(addressCases(2 ** 21 + 5)));

test.run();
