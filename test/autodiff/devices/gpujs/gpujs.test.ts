/** @file The modes of gpu.js that run in Node: conformance, and the traps that gpu.js sets. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device } from '../../../../src/autodiff/devices/device.ts';
import { checkCells, expectMode } from '../../../../src/autodiff/devices/gpujs/context.ts';
import { availableModes, liveBuffers } from '../../../../src/autodiff/devices/gpujs/gpujs.ts';
import { gpujsSource } from '../../../../src/autodiff/devices/gpujs/source.ts';
import {
  evaluate,
  exp,
  full,
  mul,
  openDevice,
  pad,
  planOf,
  readAll,
  slice,
  sparsePattern,
  spmm,
  sum,
  type Tensor,
  tensor,
} from '../../../../src/autodiff/index.ts';
import { primitives } from '../../../../src/autodiff/tape/primitive.ts';
import { ieee } from '../bounded.ts';
import { addressCases, type Case, numbers, primitiveCases } from '../cases.ts';
import { checkCase, compareCells } from '../conformance.ts';
import { traps } from '../traps.ts';

const warnings: unknown[][] = [];
console.warn = (...args: unknown[]) => warnings.push(args);

const sizes = [999, 1000, 1001, 4095, 4096, 4097];
const cases: Case[] = [...primitiveCases(sizes, [1000, 1001, 2500]), ...addressCases(2 ** 21 + 5)];

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

test('loops of kernels for GPUs count whole numbers, from the first entry of a row too', () => {
  const pattern = sparsePattern({
    rows: 2,
    columns: 3,
    indptr: Int32Array.from([0, 1, 3]),
    indices: Int32Array.from([1, 0, 2]),
  });
  const plan = planOf(
    (values: Tensor, x: Tensor) => [spmm(pattern, values, x), sum(x)],
    tensor([1, 2, 3]),
    tensor([1, 2, 3, 4, 5, 6], [3, 2]),
  );
  const lines = plan.kernels.flatMap((kernel) => gpujsSource(kernel, true).source.split('\n'));
  const loops = lines.filter((line) => line.trim().startsWith('for'));
  assert.ok(loops.length >= 2 && lines.some((line) => / break;$/.test(line)));
  for (const loop of loops) assert.match(loop, /for \(let (\w+) = \d+; \1 < \d+; \1\+\+\) {$/);
});

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

test('a value without a buffer is right up to 2^24 cells, and refused beyond', async () => {
  const n = 2 ** 24;
  const long = (cells: number) => sum(full([cells], 1));
  // As a matrix its rows are counted apart, and so is what a view reads of it.
  const wide = (cells: number) => sum(full([2, cells / 2], 1), 1);
  const far = (cells: number) => sum(slice(full([cells], 1), [cells - 3], [3]));
  const shifted = (cells: number) => sum(pad(tensor([1, 2]), [cells - 2], [0]));
  for (const name of ['gpujs:webasm', 'gpujs:cpu']) {
    await withDevice(name, async (device) => {
      assert.is((await readAll(long(n), { device }))[0][0], n);
      for (const make of [long, wide, far, shifted]) {
        // Whatever is not refused is right: a slice of one number counts no cells at all.
        const exact = { long: n + 8, wide: (n + 8) / 2, far: 3, shifted: 3 }[make.name] as number;
        await readAll(make(n + 8), { device }).then(
          ([got]) =>
            assert.ok(
              got.every((value) => value === exact),
              `${make.name}: ${got}`,
            ),
          (error) => {
            assert.is(error.name, 'DeviceError');
            assert.match(error.message, /indices of at most 16777216 exactly, and .* counts to/);
          },
        );
      }
      await readAll(long(n + 8), { device }).then(
        () => assert.unreachable('a sum beyond 2^24 was taken'),
        () => {},
      );
    });
  }
});

test('the buffers of a plan are freed where one of its kernels fails', () =>
  withDevice('gpujs:cpu', async (device) => {
    const fails = { ...planOf((x: Tensor) => [exp(x), sum(mul(exp(x), exp(x)))], tensor([1, 2])) };
    const program = await device.compile({
      ...fails,
      // The last kernel reads a buffer that nobody wrote.
      kernels: fails.kernels.map((kernel, i) =>
        i < fails.kernels.length - 1
          ? kernel
          : {
              ...kernel,
              arguments: [{ place: { kind: 'buffer', index: 99 }, kind: 'real', size: 2 }],
            },
      ),
    });
    const x = await device.upload(Float32Array.of(1, 2), 'real');
    await Promise.resolve(program.run([x])).then(
      () => assert.unreachable('a kernel that cannot run ran'),
      () => assert.is(liveBuffers(device), 1),
    );
  }));

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
