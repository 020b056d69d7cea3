/** @file The page on which the browser test runs the `simd` device. */

import { compilePlan } from '../../src/autodiff/devices/simd/compile.ts';
import { availableThreads } from '../../src/autodiff/devices/simd/run/environment.ts';
import { hasRelaxedSimd } from '../../src/autodiff/devices/simd/wasm/relaxed.ts';
import {
  type Device,
  logSoftmax,
  matmul,
  openDevice,
  readAll,
  type Tensor,
  tensor,
} from '../../src/autodiff/index.ts';
import { planOf } from '../../src/autodiff/run/evaluate.ts';
import { type Case, numbers, primitiveCases } from '../autodiff/devices/cases.ts';
import { checkCase } from '../autodiff/devices/conformance.ts';
import { simdAccuracy } from '../autodiff/devices/simd/accuracy.ts';
import { trainingCases } from '../models/devices/training-cases.ts';

const cases: Case[] = [...primitiveCases([31, 1001], [1001]), ...trainingCases()];

const matrix = (rows: number, columns: number, seed: number): Tensor =>
  tensor(numbers(rows * columns, -1, 1, seed), [rows, columns]);

const [x, y] = [matrix(600, 301, 1), matrix(301, 403, 2)];
const compute = (): Tensor[] => [
  matmul(x, y),
  matmul(x, x, { transposeA: true }),
  logSoftmax(matrix(513, 1031, 3)),
];

async function bitsOf(device: Device): Promise<Uint32Array[]> {
  const outputs = await readAll(compute(), { device });
  return outputs.map((output) => new Uint32Array(output.buffer));
}

const page = {
  isolated: () => crossOriginIsolated,
  availableThreads,
  hasRelaxedSimd,
  /** Opens and closes a device; what went wrong, or null. */
  open: async (threads: number) => {
    try {
      await (await openDevice('simd', { threads })).dispose();
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  },
  /**
   * How many cells differ between one thread and several, in rounds for so many milliseconds, in
   * which the workers come up.
   */
  differences: async (threads: number, milliseconds: number) => {
    const [one, several] = [
      await openDevice('simd', { threads: 1 }),
      await openDevice('simd', { threads }),
    ];
    const expected = await bitsOf(one);
    let different = 0;
    const until = performance.now() + milliseconds;
    while (performance.now() < until) {
      const got = await bitsOf(several);
      expected.forEach((bits, i) => {
        different += bits.filter((cell, at) => cell !== got[i][at]).length;
      });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await one.dispose();
    await several.dispose();
    return different;
  },
  /** Whether a module with relaxed SIMD differs from one without, and both are valid. */
  fuses: () => {
    const plan = planOf((a, b) => [matmul(a, b)], x, y);
    const [fused, plain] = [true, false].map(
      (relaxed) => compilePlan(plan, { shared: false, relaxed }).module,
    );
    const valid = [fused, plain].every((module) => WebAssembly.validate(module));
    return valid && fused.length < plain.length;
  },
  /** Computes every case with relaxed SIMD, or without; what is wrong with each that is. */
  failures: async (relaxed: boolean) => {
    const device = await openDevice('simd', { relaxed });
    const failures: string[] = [];
    for (const each of cases) {
      await checkCase(device, simdAccuracy, each).catch((error) => failures.push(error.message));
    }
    await device.dispose();
    return { count: cases.length, failures };
  },
};

export type SimdPage = typeof page;
Object.assign(globalThis, { page });
