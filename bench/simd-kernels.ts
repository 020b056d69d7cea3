/**
 * @file Times single kernels of the `simd` device: `node --import tsx bench/simd-kernels.ts`.
 * Arguments: parts of the names to run, and `--threads N`.
 */

import { parseArgs } from 'node:util';
import type { Device, DeviceBuffer } from '../src/autodiff/devices/device.ts';
import { openSimd } from '../src/autodiff/devices/simd/simd.ts';
import {
  adam,
  add,
  hypergradient,
  logSoftmax,
  matmul,
  mean,
  neg,
  planOf,
  release,
  sddmm,
  slice,
  sparsePattern,
  spmm,
  type Tensor,
  type Tree,
  tensor,
} from '../src/autodiff/index.ts';
import { random } from '../src/data/random.ts';
import { buildModel, type Poison, syntheticDefaults } from '../src/models/index.ts';

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: '1' } },
});
const threads = Number(values.threads);

const generator = random(1);
const normal = (...shape: number[]): Tensor => {
  const size = shape.reduce((product, n) => product * n, 1);
  return tensor(
    Float32Array.from({ length: size }, () => generator.normal()),
    shape,
  );
};

interface Timing {
  readonly median: number;
  readonly best: number;
}

/** Seconds of a run once warm, for a second or so. */
async function time(run: () => Promise<void>): Promise<Timing> {
  for (let i = 0; i < 8; i++) await run();
  const seconds: number[] = [];
  const until = performance.now() + 1000;
  while (seconds.length < 9 || (performance.now() < until && seconds.length < 200)) {
    const started = performance.now();
    await run();
    seconds.push((performance.now() - started) / 1e3);
  }
  seconds.sort((a, b) => a - b);
  return { median: seconds[seconds.length >> 1], best: seconds[0] };
}

async function timeKernel(device: Device, fn: (...x: Tensor[]) => Tensor[], inputs: Tensor[]) {
  const program = await device.compile(planOf(fn, ...inputs));
  const buffers: DeviceBuffer[] = [];
  for (const { value, kind } of inputs) {
    if (!value || !('host' in value)) throw new Error('internal: the input has no numbers');
    buffers.push(await device.upload(value.host, kind));
  }
  const timing = await time(async () => {
    for (const buffer of await program.run(buffers)) device.free(buffer);
  });
  for (const buffer of buffers) device.free(buffer);
  program.dispose();
  return timing;
}

function report(name: string, { median, best }: Timing, work?: number, unit = 'GFLOP/s'): void {
  const rate = (seconds: number) => (work === undefined ? '' : (work / seconds / 1e9).toFixed(1));
  const rates = work === undefined ? '' : `${rate(median)} (best ${rate(best)}) ${unit}`;
  console.log(`${name.padEnd(44)} ${(median * 1e3).toFixed(2).padStart(9)} ms  ${rates}`);
}

type Case = readonly [name: string, run: (device: Device) => Promise<void>];

const product = (form: 'NN' | 'NT' | 'TN', m: number, k: number, n: number): Case => {
  const name = `matmul ${form} [${m} x ${k}] [${k} x ${n}]`;
  return [
    name,
    async (device) => {
      const flags = { transposeA: form === 'TN', transposeB: form === 'NT' };
      const a = form === 'TN' ? normal(k, m) : normal(m, k);
      const b = form === 'NT' ? normal(n, k) : normal(k, n);
      const timing = await timeKernel(device, (x, y) => [matmul(x, y, flags)], [a, b]);
      report(name, timing, 2 * m * k * n);
    },
  ];
};

const factors = 128;

function gowalla() {
  const [rows, columns, entries] = [13149, 14007, 428701];
  const indptr = new Int32Array(rows + 1);
  for (let r = 1; r <= rows; r++) indptr[r] = Math.round((entries * r) / rows);
  const indices = Int32Array.from({ length: entries }, () => generator.integer(columns));
  const matrix = { rows, columns, indptr, indices };
  return { rows, columns, entries, pattern: sparsePattern(matrix) };
}

const sparse: Case = [
  'spmm and sddmm, Gowalla',
  async (device) => {
    const { rows, columns, entries, pattern } = gowalla();
    const names = ['rowStart', 'row', 'column', 'columnStart', 'order', 'rowByColumn'] as const;
    const parts = names.map((name) => pattern[name]);
    const patternOf = (tensors: Tensor[]) =>
      Object.fromEntries(names.map((name, i) => [name, tensors[i]])) as typeof pattern;
    const [p, q, v] = [normal(rows, factors), normal(columns, factors), normal(entries)];
    const work = 2 * entries * factors;
    const sampled = (x: Tensor, y: Tensor, ...rest: Tensor[]) => [sddmm(patternOf(rest), x, y)];
    report('sddmm', await timeKernel(device, sampled, [p, q, ...parts]), work);
    const rowwise = (x: Tensor, y: Tensor, ...rest: Tensor[]) => [spmm(patternOf(rest), x, y)];
    report('spmm', await timeKernel(device, rowwise, [v, q, ...parts]), work);
  },
];

const adamCase: Case = [
  'adam, 3.5 million parameters',
  async (device) => {
    const size = 3.5e6;
    const optimizer = adam({ learningRate: 0.01 });
    const step = (p: Tensor, g: Tensor, m: Tensor, v: Tensor, w: Tensor, u: Tensor) => {
      const state = { mean: m, square: v, meanWeight: w, squareWeight: u };
      const [next, after] = optimizer.update(g, state, p);
      const { mean, square, meanWeight, squareWeight } = after as Record<string, Tensor>;
      return [next, mean, square, meanWeight, squareWeight];
    };
    const one = tensor(Float32Array.of(1), []);
    const inputs = [normal(size), normal(size), normal(size), normal(size), one, one];
    const timing = await timeKernel(device, step as (...x: Tensor[]) => Tensor[], inputs);
    report('adam, 3.5 million parameters', timing, 7 * size * 4, 'GB/s');
  },
];

const softmax: Case = [
  'log-softmax 512 x 14007',
  async (device) => {
    report(
      'log-softmax 512 x 14007',
      await timeKernel(device, (x) => [logSoftmax(x)], [normal(512, 14007)]),
    );
  },
];

/** 900 real and 100 fake users, 300 items, 15 clicks each: the size of the paper's experiment. */
function syntheticClicks() {
  const [rows, columns, clicks] = [900, 300, 15];
  const indptr = Int32Array.from({ length: rows + 1 }, (_, row) => row * clicks);
  const drawn = Array.from({ length: rows }, () => generator.sample(columns, clicks));
  const indices = Int32Array.from(drawn.flatMap((row) => row.sort((a, b) => a - b)));
  return { rows, columns, indptr, indices, values: new Float64Array(rows * clicks).fill(1) };
}

const outerIteration: Case = [
  'synthetic outer iteration',
  async (device) => {
    const data = syntheticClicks();
    const fakeCount = 100;
    const { model } = buildModel('wrmf-sgd', data, fakeCount, syntheticDefaults['wrmf-sgd'], 1);
    const objective = (state: Tree, inputs: Poison) => {
      const scores = logSoftmax(model.predictions(state, inputs));
      return neg(mean(slice(scores, [0, 0], [data.rows, 1])));
    };
    const clicked = Float32Array.from({ length: fakeCount * data.columns }, () =>
      generator.uniform() < 0.05 ? 1 : 0,
    );
    const inputs: Poison = { fakes: tensor(clicked, [fakeCount, data.columns]) };
    const timing = await time(async () => {
      const { state, gradient } = await hypergradient({ ...model, inputs, objective }, { device });
      release([state, gradient]);
    });
    report('synthetic outer iteration, 100 steps', timing);
  },
];

const streams: Case = [
  'add of 300,000',
  async (device) => {
    const inputs = [normal(300000), normal(300000)];
    const timing = await timeKernel(device, (x, y) => [add(x, y)], inputs);
    report('add of 300,000', timing, 3 * 300000 * 4, 'GB/s');
  },
];

const cases: Case[] = [
  product('NN', 1000, 16, 300),
  product('NN', 512, 512, 512),
  product('NN', 1000, 1000, 1000),
  product('NN', 2048, 128, 14007),
  product('NT', 1000, 1000, 1000),
  product('NT', 2048, 128, 14007),
  product('TN', 1000, 1000, 1000),
  product('TN', 128, 14007, 128),
  sparse,
  adamCase,
  softmax,
  streams,
  outerIteration,
];

async function main(): Promise<void> {
  const device = await openSimd({ threads });
  console.log(`threads ${threads}`);
  for (const [name, run] of cases) {
    if (wanted.length === 0 || wanted.some((part) => name.includes(part))) await run(device);
  }
  await device.dispose();
}

await main();
