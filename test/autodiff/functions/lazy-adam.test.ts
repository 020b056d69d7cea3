/** @file Lazy Adam against a plain loop that skips rows, and against Adam where none is skipped. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AdamState,
  adam,
  compile,
  distinctRows,
  evaluate,
  gather,
  mapTree,
  openDevice,
  readAll,
  setDefaultDevice,
  type Tensor,
  tensor,
  updateRows,
} from '../../../src/autodiff/index.ts';
import { type Draw, forAll } from '../draw.ts';

setDefaultDevice(await openDevice('reference'));

const options = { learningRate: 0.05, betas: [0.8, 0.95], eps: 1e-3 } as const;
const steps = 12;

/** Gradients of the rows of each step, made up. */
const gradientsOf = (draw: Draw, index: readonly Int32Array[], width: number) =>
  index.map(({ length }) => draw.uniform([length, width]));

/** As plain loops: rows of `index[t]` alone change, the correction counts all steps. */
async function plain(start: Tensor, index: readonly Int32Array[], gradients: readonly Tensor[]) {
  const width = start.shape[1];
  const x = Float64Array.from(await start.data());
  const [m, v] = [new Float64Array(x.length), new Float64Array(x.length)];
  const { learningRate, betas, eps } = options;
  for (let t = 1; t <= steps; t++) {
    const g = await gradients[t - 1].data();
    index[t - 1].forEach((row, i) => {
      for (let k = 0; k < width; k++) {
        const [at, d] = [row * width + k, g[i * width + k]];
        m[at] = betas[0] * m[at] + (1 - betas[0]) * d;
        v[at] = betas[1] * v[at] + (1 - betas[1]) * d * d;
        const denominator = Math.sqrt(v[at]) / Math.sqrt(1 - betas[1] ** t) + eps;
        x[at] -= ((learningRate / (1 - betas[0] ** t)) * m[at]) / denominator;
      }
    });
  }
  return [x, m, v];
}

type Table = { readonly x: Tensor };

/** One row more than `index` names is gathered and moved, of padding. */
async function lazily(start: Tensor, index: readonly Int32Array[], gradients: readonly Tensor[]) {
  const [count, width] = start.shape;
  const optimizer = adam(options);
  let parameters: Table = await evaluate({ x: start });
  let state: AdamState<Table> = await evaluate(optimizer.init(parameters));
  for (let t = 0; t < steps; t++) {
    const n = index[t].length + 1;
    const at = distinctRows(index[t], count, n);
    const g = new Float64Array(n * width).fill(100);
    g.set(await gradients[t].data());
    const rowsOf = (tables: Table) => mapTree((table) => gather(table, at), tables);
    const before = { ...state, mu: rowsOf(state.mu), nu: rowsOf(state.nu) };
    const [rows, after] = await evaluate(
      optimizer.update({ x: tensor(g, [n, width]) }, before, rowsOf(parameters)),
    );
    const [x, mu, nu] = await updateRows([parameters, state.mu, state.nu], at, [
      rows,
      after.mu,
      after.nu,
    ]);
    parameters = x;
    state = { mu, nu, biasCorrection: after.biasCorrection };
  }
  return readAll([parameters, state.mu, state.nu]);
}

/**
 * Each step rounds about ten times, numbers below 4 (starts within 2, and at most 12 steps of
 * about the learning rate); where v is small, roundings of the averages enter relative to 1.
 */
const tolerance = 10 * steps * 4 * Number.EPSILON;

test('rows of a batch move as in a plain loop, all others stand still', async () => {
  await forAll(20, async (draw) => {
    const start = draw.uniform(draw.shape(2));
    const [count, width] = start.shape;
    const index = Array.from({ length: steps }, () => draw.distinctRows(count));
    const gradients = gradientsOf(draw, index, width);
    const got = await lazily(start, index, gradients);
    const expected = await plain(start, index, gradients);
    expected.forEach((numbers, which) => {
      numbers.forEach((value, i) => {
        assert.ok(Math.abs(got[which][i] - value) <= tolerance, `${got[which][i]} is not ${value}`);
      });
    });
  });
});

test('with all rows in every step it is adam, bit for bit', async () => {
  await forAll(10, async (draw) => {
    const start = draw.uniform(draw.shape(2));
    const [count, width] = start.shape;
    const rows = Int32Array.from({ length: count }, (_, row) => row);
    const everything = Array.from({ length: steps }, () => rows);
    const gradients = gradientsOf(draw, everything, width);
    const [x, mean, square] = await lazily(start, everything, gradients);
    const optimizer = adam(options);
    const update = compile((g: Table, s: AdamState<Table>, p: Table) => optimizer.update(g, s, p));
    let parameters: Table = await evaluate({ x: start });
    let state = await evaluate(optimizer.init(parameters));
    for (const g of gradients) [parameters, state] = await update({ x: g }, state, parameters);
    const expected = await readAll([parameters, state.mu, state.nu]);
    [x, mean, square].forEach((numbers, i) => {
      assert.equal([...numbers], [...expected[i]]);
    });
  });
});

test.run();
