/** @file The `simd` device computes every primitive and training step within the derived bound. */

import './wasm/relaxed-flag.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSimd } from '../../../../src/autodiff/devices/simd/simd.ts';
import { addressCases, type Case, primitiveCases, solveCases } from '../cases.ts';
import { checkCase } from '../conformance.ts';
import { trainingCases } from '../training-cases.ts';
import { reordered, simdAccuracy } from './accuracy.ts';

/** Around a vector, a tile, a strip, and what gpu.js cuts. */
const sizes = [9, 16, 31, 999, 1001, 4097];

async function checkAll(cases: readonly Case[]): Promise<void> {
  const failures: string[] = [];
  for (const relaxed of [false, true]) {
    const device = await openSimd({ relaxed });
    for (const each of cases) {
      const accuracy = each.covers.includes('blockSum') ? reordered : simdAccuracy;
      await checkCase(device, accuracy, each).catch((error) =>
        failures.push(`relaxed ${relaxed}: ${error.stack}`),
      );
    }
    await device.dispose();
  }
  assert.is(failures.length, 0, failures.slice(0, 10).join('\n'));
}

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

test('simd computes training steps and their derivatives within their bounds', () =>
  checkAll(trainingCases()));

test.run();
