/** @file NeuMF: its loss and scores written out in plain numbers, and its derivatives. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  checkGradients,
  openDevice,
  setDefaultDevice,
  type Tensor,
} from '../../src/autodiff/index.ts';
import { fromPairs, type SparseMatrix } from '../../src/data/sparse.ts';
import {
  initialNeumf,
  type NeumfParameters,
  neumfKind,
  neumfLoss,
} from '../../src/models/index.ts';
import { type Draw, forAllFilled } from '../autodiff/draw.ts';
import {
  dot,
  drawBatch,
  gatherBatch,
  plain,
  plainNorms,
  type Rows,
  tolerance,
} from './click-batches.ts';

const device = await openDevice('reference');
setDefaultDevice(device);

/** A score of NeuMF written out, with tanh between layers. */
async function plainNeumf({ users, items, shared }: NeumfParameters) {
  const side = async (tables: { product: Tensor; perceptron: Tensor }) => ({
    product: await plain(tables.product),
    perceptron: await plain(tables.perceptron),
  });
  const [p, q] = [await side(users), await side(items)];
  const [weights] = await plain(shared.product);
  const layers = await Promise.all(
    shared.layers.map(async ({ weight, bias }) => ({
      weight: await plain(weight),
      bias: (await bias.array()) as number[],
    })),
  );
  const score = (user: number, item: number): number => {
    let x: readonly number[] = [...p.perceptron[user], ...q.perceptron[item]];
    layers.forEach(({ weight, bias }, i) => {
      const input = i === 0 ? x : x.map(Math.tanh);
      x = weight.map((row, out) => dot(row, input) + bias[out]);
    });
    const terms = p.product[user].map((value, k) => value * q.product[item][k]);
    return dot(weights, terms) + x[0];
  };
  const joined = (rows: { product: Rows; perceptron: Rows }) =>
    rows.product.map((row, i) => [...row, ...rows.perceptron[i]]);
  return { score, tables: { users: joined(p), items: joined(q) } };
}

const neumfParameters = (draw: Draw, { rows: users, columns: items }: SparseMatrix) => {
  const layers = Array.from({ length: draw.integer(1, 3) }, () => draw.size());
  const sizes = { users, items, factors: draw.size(), layers };
  return initialNeumf(sizes, 1, draw.integer(0, 1000));
};

test('the loss of neumf is the formula, and is twice differentiable', async () => {
  await forAllFilled(20, async (draw) => {
    const { clicks, batch, negatives, pairs } = drawBatch(draw);
    const parameters = neumfParameters(draw, clicks);
    const options = { activation: 'tanh', regularization: 0.3, negatives } as const;
    const { score, tables } = await plainNeumf(parameters);
    const width = 1 + negatives;
    const costs = [...batch.items].map((item, e) => {
      const z = score(batch.users[Math.floor(e / width)], item);
      const probability = 1 / (1 + Math.exp(-z));
      return -Math.log(e % width === 0 ? probability : 1 - probability);
    });
    const mean = costs.reduce((a, b) => a + b) / costs.length;
    const expected = mean + options.regularization * plainNorms(batch, tables);
    const rows = gatherBatch(parameters, pairs);
    const got = await neumfLoss(rows, pairs, options).item();
    assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not ${expected}`);
    await checkGradients((at: NeumfParameters) => neumfLoss(at, pairs, options), rows, {
      order: 2,
    });
  });
});

/** Users who clicked everything have no negatives: nothing is trained on. */
const everything = fromPairs(
  [0, 1, 2].flatMap((user) => [0, 1, 2, 3].map((item) => [user, item] as const)),
  3,
  4,
);

test('scores of neumf are the formula, and without negatives it stays where it starts', async () => {
  for (const layers of [[3], [3, 4], [2, 3, 5]]) {
    const settings = { ...neumfKind.synthetic, factors: 5, layers };
    const model = await neumfKind.fit(everything, settings, { seed: 3, device });
    const sizes = { users: 3, items: 4, factors: 5, layers };
    const { score } = await plainNeumf(initialNeumf(sizes, settings.deviation, 3));
    const scores = await model.scores(Int32Array.of(2, 0));
    [2, 0].forEach((user, row) => {
      for (let item = 0; item < 4; item++) {
        const apart = Math.abs(scores[row * 4 + item] - score(user, item));
        assert.ok(apart <= tolerance, `${apart}`);
      }
    });
  }
});

test.run();
