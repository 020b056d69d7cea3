/** @file The modes of gpu.js that run in Node: conformance, and the traps that gpu.js sets. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device } from '../../src/autodiff/devices/device.ts';
import { availableModes, expectMode, liveBuffers } from '../../src/autodiff/devices/gpujs.ts';
import {
  evaluate,
  exp,
  logSoftmax,
  max,
  mul,
  openDevice,
  readAll,
  release,
  rowIndex,
  segmentSum,
  sum,
  tensor,
} from '../../src/autodiff/index.ts';
import { primitives } from '../../src/autodiff/primitive.ts';
import { ieee } from './bounded.ts';
import { addressCases, type Case, numbers, primitiveCases } from './cases.ts';
import { checkCase, compareCells } from './conformance.ts';
import { trainingCases } from './training-cases.ts';

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

/** Plain JavaScript, no part of the library: what the devices and `reference` must both say. */
const plainSum = (x: Float32Array): number => x.reduce((total, value) => total + value, 0);

async function checkLongLoops(device: Device): Promise<void> {
  for (const n of [1000, 1001, 2048, 2500]) {
    const x = numbers(n, 0, 1, n);
    const row = { index: rowIndex(new Int32Array(n), 1) };
    const [literal, bounded] = await readAll(
      [sum(tensor(x)), segmentSum(tensor(x, [n, 1]), row.index)],
      { device },
    );
    const bound = 2 ** -24 * n * plainSum(x);
    assert.ok(Math.abs(literal[0] - plainSum(x)) <= bound, `sum of ${n} terms is ${literal[0]}`);
    assert.ok(Math.abs(bounded[0] - plainSum(x)) <= bound, `row of ${n} terms is ${bounded[0]}`);
  }
}

async function checkManyShapes(device: Device): Promise<void> {
  for (let n = 3; n < 15; n++) {
    const x = numbers(n, -1, 1, n);
    const [[total], squares] = await readAll([sum(tensor(x)), mul(tensor(x), tensor(x))], {
      device,
    });
    assert.ok(Math.abs(total - plainSum(x)) < 1e-5, `sum of ${n} terms`);
    x.forEach((value, i) => {
      assert.is(squares[i], Math.fround(value * value), `square ${i} of ${n}`);
    });
  }
}

async function checkInfinity(device: Device): Promise<void> {
  const x = tensor([-Infinity, 1, 2]);
  const rows = tensor([
    [-Infinity, 0, 0],
    [-Infinity, -Infinity, 5],
  ]);
  const [probabilities, largest, weights] = await readAll([exp(logSoftmax(rows)), max(x), exp(x)], {
    device,
  });
  const expected = [0, 0.5, 0.5, 0, 0, 1];
  expected.forEach((p, i) => {
    assert.ok(Math.abs(probabilities[i] - p) < 1e-6, `probability ${i} is ${probabilities[i]}`);
  });
  assert.is(largest[0], 2);
  assert.is(weights[0], 0);
}

async function checkFreed(device: Device): Promise<void> {
  const before = liveBuffers(device);
  const x = tensor(numbers(100));
  const results = await evaluate([mul(x, x), sum(x)], { device });
  assert.is(liveBuffers(device), before + 3);
  release(results);
  assert.is(liveBuffers(device), before + 1, 'the uploaded input stays as long as its tensor');
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
  test(`${name} does not cut loops at 1000 iterations`, () => withDevice(name, checkLongLoops));
  test(`${name} keeps a kernel for each of twelve shapes`, () => withDevice(name, checkManyShapes));
  test(`${name} takes infinities as data`, () => withDevice(name, checkInfinity));
  test(`${name} frees what is released`, () => withDevice(name, checkFreed));
  test(`${name} holds no buffer after it is disposed of`, async () => {
    const device = await openDevice(name);
    await evaluate(mul(tensor([1, 2]), 2), { device });
    await device.dispose();
    assert.is(liveBuffers(device), 0);
  });
}

test('a kernel that gpu.js ran elsewhere is an error', () => {
  class CPUKernel {
    fallbackReason = 'shader failed to compile';
  }
  const kernel = { kernel: new CPUKernel() } as never;
  assert.throws(
    () => expectMode(kernel, 'webgl2'),
    /gpu.js ran CPUKernel where gpujs:webgl2 was asked for: shader failed to compile/,
  );
});

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
