/** @file The modes of gpu.js that run in Node: conformance, and the traps that gpu.js sets. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device } from '../../../../src/autodiff/devices/device.ts';
import { checkCells, expectMode } from '../../../../src/autodiff/devices/gpujs/context.ts';
import { availableModes, liveBuffers } from '../../../../src/autodiff/devices/gpujs/gpujs.ts';
import { evaluate, mul, openDevice, tensor } from '../../../../src/autodiff/index.ts';
import { primitives } from '../../../../src/autodiff/tape/primitive.ts';
import { ieee } from '../bounded.ts';
import { addressCases, type Case, numbers, primitiveCases } from '../cases.ts';
import { checkCase, compareCells } from '../conformance.ts';
import { trainingCases } from '../training-cases.ts';
import { traps } from '../traps.ts';

const warnings: unknown[][] = [];
console.warn = (...args: unknown[]) => warnings.push(args);

const sizes = [999, 1000, 1001, 4095, 4096, 4097];
const cases: Case[] = [
  ...primitiveCases(sizes, [1000, 1001, 2500]),
  ...addressCases(2 ** 21 + 5),
  ...trainingCases(),
];

test('there is a case for every primitive', () => {
  const covered = new Set(cases.flatMap(({ covers }) => covers));
  assert.equal(
    [...primitives.keys()].filter((name) => !covered.has(name)),
    [],
  );
});

test('a sum cut at 1000 terms is outside of the bound', async () => {
  const terms = numbers(1001, 0.5, 1);
  const whole = terms.reduce((total, x) => total + x, 0);
  const bound = 2 ** -24 * 1001 * whole;
  assert.throws(() => compareCells('sum', [whole - terms[1000]], [whole], [bound]), /cell 0/);
});

async function withDevice(name: string, run: (device: Device) => Promise<void>): Promise<void> {
  const device = await openDevice(name);
  try {
    await run(device);
  } finally {
    await device.dispose();
  }
}

for (const mode of (await availableModes()).filter((mode) => mode !== 'webgpu')) {
  const name = `gpujs:${mode}`;
  test(`${name} computes every case within its bound`, () =>
    withDevice(name, async (device) => {
      const failures: string[] = [];
      for (const each of cases) {
        await checkCase(device, ieee, each).catch((error) => failures.push(`${error.message}`));
      }
      assert.is(failures.length, 0, failures.slice(0, 10).join('\n'));
    }));
  for (const [what, check] of Object.entries(traps)) {
    test(`${name} ${what}`, () => withDevice(name, check));
  }
  test(`${name} holds no buffer after it is disposed of`, async () => {
    const device = await openDevice(name);
    await evaluate(mul(tensor([1, 2]), 2), { device });
    await device.dispose();
    assert.is(liveBuffers(device), 0);
  });
}

test('a kernel that gpu.js ran elsewhere is an error', () => {
  class CPUKernel {
    static mode = 'cpu';
    fallbackReason = 'shader failed to compile';
  }
  const kernel = { kernel: new CPUKernel() } as never;
  assert.throws(
    () => expectMode(kernel, 'webgl2'),
    /gpu.js ran a cpu kernel where gpujs:webgl2 was asked for: shader failed to compile/,
  );
});

test('a buffer beyond what f32 addresses is refused before gpu.js rounds an address', () => {
  checkCells(2 ** 24);
  assert.throws(
    () => checkCells(2 ** 24 + 1),
    (error: Error) =>
      error.name === 'DeviceError' && /at most 16777216 cells .* smaller/.test(error.message),
  );
});

test('a buffer that was freed is refused', () =>
  withDevice('gpujs:cpu', async (device) => {
    const buffer = await device.upload(Float32Array.of(1, 2), 'real');
    device.free(buffer);
    await device.read(buffer).then(
      () => assert.unreachable('a freed buffer was read'),
      (error) => assert.match(error.message, 'after its memory was released'),
    );
  }));

test('a device that is not there names those that are', async () => {
  for (const name of ['gpujs:headlessgl', 'gpujs:cuda', 'gpu', 'simd:']) {
    if ((await availableModes()).includes(name.split(':')[1] as never)) continue;
    await openDevice(name).then(
      () => assert.unreachable(name),
      (error) => {
        assert.is(error.name, 'DeviceError');
        assert.match(error.message, `device ${name} is not available here`);
        assert.match(error.message, 'gpujs:webasm');
        assert.match(error.message, 'reference');
      },
    );
  }
});

test('gpu.js printed no warning', () => {
  assert.equal(warnings, []);
});

test.run();
