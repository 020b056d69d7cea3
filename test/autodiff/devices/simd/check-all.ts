/** @file Cases on the `simd` device, with relaxed SIMD and without. */

import * as assert from 'uvu/assert';
import { openSimd } from '../../../../src/autodiff/devices/simd/simd.ts';
import type { Case } from '../cases.ts';
import { checkCase } from '../conformance.ts';
import { simdAccuracy } from './accuracy.ts';

/** Fails with the cases that are outside of their bounds. */
export async function checkAll(cases: readonly Case[]): Promise<void> {
  const failures: string[] = [];
  for (const relaxed of [false, true]) {
    const device = await openSimd({ relaxed });
    for (const each of cases) {
      await checkCase(device, simdAccuracy, each).catch((error) =>
        failures.push(`relaxed ${relaxed}: ${error.stack}`),
      );
    }
    await device.dispose();
  }
  assert.is(failures.length, 0, failures.slice(0, 10).join('\n'));
}
