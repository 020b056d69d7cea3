/** @file Training steps of the models on every device: within their bounds, and equal on threads. */

import '../../autodiff/devices/simd/wasm/relaxed-flag.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { availableModes } from '../../../src/autodiff/devices/gpujs/gpujs.ts';
import { openDevice, type Tensor } from '../../../src/autodiff/index.ts';
import { ieee } from '../../autodiff/devices/bounded.ts';
import type { Case } from '../../autodiff/devices/cases.ts';
import { checkCase } from '../../autodiff/devices/conformance.ts';
import { checkAll } from '../../autodiff/devices/simd/check-all.ts';
import { expectEqualBits, withDevices } from '../../autodiff/devices/simd/run/equal-bits.ts';
import { trainingCases } from './training-cases.ts';

test('simd computes training steps and their derivatives within their bounds', () =>
  checkAll(trainingCases()));

test('training steps are the same on 1, 2 and 4 threads', () =>
  withDevices(async (devices) => {
    const outputsOf = ({ fn, inputs }: Case) => fn(...inputs) as Tensor[];
    for (const each of trainingCases()) await expectEqualBits(devices, outputsOf(each));
  }));

for (const mode of (await availableModes()).filter((mode) => mode !== 'webgpu')) {
  test(`gpujs:${mode} computes training steps within their bounds`, async () => {
    const device = await openDevice(`gpujs:${mode}`);
    const failures: string[] = [];
    for (const each of trainingCases()) {
      await checkCase(device, ieee, each).catch((error) => failures.push(`${error.message}`));
    }
    await device.dispose();
    assert.is(failures.length, 0, failures.slice(0, 10).join('\n'));
  });
}

test.run();
