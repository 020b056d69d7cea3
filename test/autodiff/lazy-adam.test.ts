/** @file Lazy Adam against a plain loop that skips rows, and against Adam where none is skipped. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AdamState,
  adam,
  checkGradients,
  compile,
  distinctRows,
  evaluate,
  gather,
  lazyAdamStep,
  mapTree,
  mul,
  nextWeights,
  noWeights,
  openDevice,
  readAll,
  setDefaultDevice,
  type Tensor,
  tensor,
  updateRows,
} from '../../src/autodiff/index.ts';
import { Draw, forAll } from './draw.ts';

setDefaultDevice(await openDevice('reference'));

const options = { learningRate: 0.05, betas: [0.8, 0.95], eps: 1e-3 } as const;
const steps = 12;

/** The gradients of step t, `[n, width]`, of rows in some order, made up. */
const gradientsOf = (draw: Draw, n: number, width: number) =>
  Array.from({ length: steps }, () => draw.uniform([n, width]));

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

/** One row more than `index` names is gathered, of padding, and written back. */
async function lazily(start: Tensor, index: readonly Int32Array[], gradients: readonly Tensor[]) {
  const [count, width] = start.shape;
  const zeros = () => ({ x: tensor(new Float64Array(start.size), start.shape) });
  let state: AdamState<Table> = await evaluate({
    parameters: { x: start },
    mean: zeros(),
    square: zeros(),
  });
  let weights = await evaluate(noWeights());
  for (let t = 0; t < steps; t++) {
    const spare = Array.from({ length: count }, (_, row) => row).find(
      (row) => !index[t].includes(row),
    );
    const list = spare === undefined ? index[t] : Int32Array.of(...index[t], spare);
    const at = distinctRows(list, count);
    const touched = new Float64Array(list.length).fill(1, 0, index[t].length);
    const g = new Float64Array(list.length * width).fill(100);
    g.set((await gradients[t].data()).slice(0, index[t].length * width));
    weights = await evaluate(nextWeights(weights, options.betas));
    const rows = await evaluate(
      lazyAdamStep<Table>(
        { x: tensor(g, [list.length, width]) },
        mapTree((table) => gather(table, at), state),
        weights,
        tensor(touched, [list.length, 1]),
        options,
      ),
    );
    state = {
      parameters: { x: await updateRows(state.parameters.x, at, rows.parameters.x) },
      mean: { x: await updateRows(state.mean.x, at, rows.mean.x) },
      square: { x: await updateRows(state.square.x, at, rows.square.x) },
    };
  }
  return readAll([state.parameters, state.mean, state.square]);
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
    const gradients = gradientsOf(draw, count, width);
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
    const everything = Int32Array.from({ length: count }, (_, row) => row);
    const gradients = gradientsOf(draw, count, width);
    const [x, mean, square] = await lazily(
      start,
      gradients.map(() => everything),
      gradients,
    );
    const optimizer = adam(options);
    const update = compile((g: Table, s: ReturnType<typeof optimizer.init<Table>>, p: Table) =>
      optimizer.update(g, s, p),
    );
    let parameters: Table = await evaluate({ x: start });
    let state = await evaluate(optimizer.init(parameters));
    for (const g of gradients) [parameters, state] = await update({ x: g }, state, parameters);
    const averages = [state.mean as Table, state.square as Table];
    const expected = await readAll([parameters, ...averages]);
    [x, mean, square].forEach((numbers, i) => {
      assert.equal([...numbers], [...expected[i]]);
    });
  });
});

test('a step is twice differentiable in rows, gradients and averages', async () => {
  const draw = new Draw(5);
  const given = {
    gradient: draw.uniform([3, 2], 0.5, 1),
    parameters: draw.uniform([3, 2]),
    mean: draw.uniform([3, 2]),
    square: draw.uniform([3, 2], 0.5, 1),
    rate: tensor(0.1),
  };
  const touched = tensor([[1], [0], [1]]);
  const step = ({ gradient, rate, ...state }: typeof given) => {
    const weights = nextWeights(noWeights());
    const rows = lazyAdamStep(gradient, state, weights, touched, { learningRate: rate, eps: 0.1 });
    return mul(rows.parameters, mul(rows.mean, rows.square));
  };
  await checkGradients(step, given, { order: 2 });
});

test.run();
