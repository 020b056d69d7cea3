/** @file Fake users held to some items: the same numbers as with zeros at all others. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  adversarialObjective,
  candidatesOf,
  clicksOf,
  denseClicks,
  matrixOf,
} from '../../src/attack/index.ts';
import { exact, hypergradient, openDevice, readAll, tensor } from '../../src/autodiff/index.ts';
import { fromPairs } from '../../src/data/sparse.ts';
import { type Settings, surrogateKind } from '../../src/models/index.ts';
import { Draw } from '../autodiff/draw.ts';
import { data, fakes, goal, items, users } from './problems.ts';

const device = await openDevice('reference');
/** The targets, 1 and 4, and another item. */
const candidates = Int32Array.of(1, 3, 4);

const descent = { epochs: 3, weightDecay: 0.01, learningRate: 0.05, weight: 5 };
const wrmf = { factors: 3, deviation: 0.5 };
const layers = { layers: [4, 3, 4], activation: 'selu' };
const als = { epochs: 2, regularization: 0.1, weight: 5, ...wrmf };
const losses = ['dense', 'implicit-zeros'];
const vae = { beta: 0.5, annealing: 0.1, layers: [4, 3] };
const cases: [string, Settings][] = losses.flatMap((loss) => [
  ...['all', 3].flatMap((batchSize): [string, Settings][] => [
    ['wrmf-sgd', { ...descent, ...wrmf, batchSize, loss }],
    ['item-ae', { ...descent, ...layers, batchSize, loss }],
  ]),
  ...['step', 'linear'].map((confidence): [string, Settings] => [
    'wrmf-als',
    { ...als, confidence, loss },
  ]),
]);
const { weight: _, ...unweighted } = descent;
for (const batchSize of ['all', 3]) cases.push(['mult-vae', { ...unweighted, ...vae, batchSize }]);

const relaxed = new Draw(3).uniform([fakes, candidates.length], 0.1, 0.9);
const [few] = await readAll(relaxed, { device });
const all = new Float64Array(fakes * items);
for (let fake = 0; fake < fakes; fake++) {
  candidates.forEach((item, column) => {
    all[fake * items + item] = few[fake * candidates.length + column];
  });
}

/** The value and the hypergradient, of fake users over all items or over the candidates. */
async function attacked(name: string, settings: Settings, held?: Int32Array) {
  const surrogate = surrogateKind(name).differentiable(data, fakes, settings, 1, held);
  const inputs = { fakes: held ? relaxed : tensor(all, [fakes, items]) };
  const objective = adversarialObjective(surrogate, goal, data);
  const problem = { ...surrogate, ...objective, inputs };
  const { value, gradient } = await hypergradient(problem, { method: exact(), device });
  return { value, gradient: (await readAll(gradient, { device }))[0] };
}

for (const [name, settings] of cases) {
  test(`${name} ${JSON.stringify(settings)}`, async () => {
    const [held, whole] = [
      await attacked(name, settings, candidates),
      await attacked(name, settings),
    ];
    // The same sums in another order: some hundred roundings of float64.
    const near = (a: number, b: number, scale: number) =>
      assert.ok(Math.abs(a - b) <= 1e-11 * scale, `${a} is not ${b}`);
    near(held.value, whole.value, Math.abs(whole.value));
    const scale = Math.max(...whole.gradient.map(Math.abs));
    assert.ok(scale > 0);
    for (let fake = 0; fake < fakes; fake++) {
      candidates.forEach((item, column) => {
        const cell = held.gradient[fake * candidates.length + column];
        near(cell, whole.gradient[fake * items + item], scale);
      });
    }
  });
}

test('candidates are the targets and the most clicked items, the lower number of equal ones', () => {
  assert.equal([...(candidatesOf([5, 0, 7, 7, 9], [1], 3) ?? [])], [1, 2, 4]);
  assert.equal([...(candidatesOf([5, 0, 7, 7, 9], [1, 0], 2) ?? [])], [0, 1]);
  assert.is(candidatesOf([5, 0, 7], [1], 3), undefined);
  assert.throws(() => candidatesOf([5, 0, 7], [1, 2], 1), /at least the 2 targets/);
});

test('clicks in bits come back as a matrix over all items, those on candidates alone', () => {
  const pairs = Array.from({ length: users }, (_, user) =>
    [0, 1, 2, 3, 4, 5].filter((item) => (user + item) % 3 > 0).map((item) => [user, item] as const),
  ).flat();
  const matrix = fromPairs(pairs, users, items);
  assert.equal(matrixOf(clicksOf(matrix), items), matrix);
  const held = pairs.filter(([, item]) => candidates.includes(item));
  const clicks = clicksOf(matrix, candidates);
  assert.equal(matrixOf(clicks, items, candidates), fromPairs(held, users, items));
  assert.is(denseClicks(clicks).filter((x) => x === 1).length, held.length);
  const halves = { ...matrix, values: matrix.values.map((_, i) => (i === 2 ? 0.5 : 1)) };
  assert.throws(() => clicksOf(halves), /fake user 0: expected clicks of 1, got 0.5 on item 4/);
});

test.run();
