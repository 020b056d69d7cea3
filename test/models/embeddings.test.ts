/** @file NeuMF and CML: losses and scores written out in plain numbers, derivatives, rows touched. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  checkGradients,
  gather,
  mapTree,
  openDevice,
  readAll,
  setDefaultDevice,
  type Tensor,
} from '../../src/autodiff/index.ts';
import { type ClickBatch, clickBatches, contrasted } from '../../src/data/negatives.ts';
import { random } from '../../src/data/random.ts';
import { fromPairs, rowOf, type SparseMatrix } from '../../src/data/sparse.ts';
import { cml, cmlFactors, cmlLoss } from '../../src/models/cml.ts';
import { modelKind, type Settings, scoresOf, type TrainedModel } from '../../src/models/index.ts';
import { initialNeumf, neumfLoss } from '../../src/models/neumf.ts';
import type { NeumfParameters } from '../../src/models/neumf-scorer.ts';
import { type ClickPairs, clickPairs } from '../../src/models/training/click-pairs.ts';
import {
  type EmbeddingModel,
  type Embeddings,
  fitEmbeddings,
} from '../../src/models/training/embeddings.ts';
import { type Draw, forAll } from '../autodiff/draw.ts';

const device = await openDevice('reference');
setDefaultDevice(device);

type Rows = readonly (readonly number[])[];

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);
const squared = (a: readonly number[]): number => dot(a, a);
const plain = async (x: Tensor): Promise<Rows> => (await x.array()) as Rows;

/** A few clicks, at least one of which has negatives, and one batch of them, padded at times. */
function drawBatch(draw: Draw) {
  const [users, items] = [draw.size() + 1, draw.size() + 1];
  const pairs: [number, number][] = [[0, 0]];
  for (let user = 0; user < users; user++) {
    for (let item = user === 0 ? items : 0; item < items; item++) {
      if (draw.chance(0.4)) pairs.push([user, item]);
    }
  }
  const clicks = fromPairs(pairs, users, items);
  const negatives = draw.integer(1, 3);
  const size = draw.integer(1, 6);
  const options = { size, negatives };
  const generator = random(draw.integer(0, 1000));
  const batches = [...clickBatches(contrasted(clicks), options, generator)];
  const batch = batches[draw.integer(0, batches.length - 1)];
  return { clicks, batch, negatives, pairs: clickPairs(batch, size, negatives, clicks) };
}

/** The rows of a batch, as the training gathers them. */
const rowsOf = <P extends Embeddings>(parameters: P, batch: ClickPairs): P => ({
  ...parameters,
  users: mapTree((table) => gather(table, batch.users.rows), parameters.users),
  items: mapTree((table) => gather(table, batch.items.rows), parameters.items),
});

/** Half the squared norms of all users and items of a batch, each as often as it is in it. */
const plainNorms = ({ users, items }: ClickBatch, tables: { users: Rows; items: Rows }): number => {
  const norms = (ids: Int32Array, rows: Rows) =>
    [...ids].reduce((sum, id) => sum + squared(rows[id]) / 2, 0);
  return norms(users, tables.users) + norms(items, tables.items);
};

const cmlParameters = (draw: Draw, { rows, columns }: SparseMatrix) => {
  const factors = draw.size();
  return {
    users: { position: draw.uniform([rows, factors]) },
    items: { position: draw.uniform([columns, factors]) },
    shared: {},
  };
};

const distance = (p: readonly number[], q: readonly number[]): number =>
  squared(p.map((value, k) => value - q[k]));

interface PlainCml {
  readonly users: Rows;
  readonly items: Rows;
}

/** For each click the numbers whose ties are kinks: what the hinge takes, and apart of two nearest. */
function plainHinges({ users, items }: ClickBatch, at: PlainCml, margin: number) {
  const width = items.length / users.length;
  return [...users].map((user, b) => {
    const [clicked, ...others] = [...items.subarray(b * width, (b + 1) * width)];
    const far = (item: number) => distance(at.users[user], at.items[item]);
    const [nearest, next] = [...new Set(others)].map(far).sort((x, y) => x - y);
    return { hinge: far(clicked) - nearest + margin, gap: (next ?? nearest + 1) - nearest };
  });
}

/** Sums of some 200 products of numbers up to 100, in another order. */
const tolerance = 200 * 100 * Number.EPSILON;

test('the loss of cml is the formula, and is twice differentiable away from ties', async () => {
  let checked = 0;
  await forAll(30, async (draw) => {
    const { clicks, batch, negatives, pairs } = drawBatch(draw);
    const parameters = cmlParameters(draw, clicks);
    const options = { margin: 2, regularization: 0.3, negatives };
    const rows = rowsOf(parameters, pairs);
    const tables = {
      users: await plain(parameters.users.position),
      items: await plain(parameters.items.position),
    };
    const hinges = plainHinges(batch, tables, options.margin);
    const mean = hinges.reduce((sum, { hinge }) => sum + Math.max(hinge, 0), 0) / hinges.length;
    const expected = mean + options.regularization * plainNorms(batch, tables);
    const got = await cmlLoss(rows, pairs, options).item();
    assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not ${expected}`);
    if (hinges.some(({ hinge, gap }) => Math.abs(hinge) < 0.05 || gap < 0.05)) return;
    checked++;
    const at = { users: rows.users, items: rows.items };
    const loss = (x: typeof at) => cmlLoss({ ...x, shared: {} }, pairs, options);
    await checkGradients(loss, at, { order: 2 });
  });
  assert.ok(checked >= 15, `${checked} draws were away from ties`);
});

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
  await forAll(20, async (draw) => {
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
    const rows = rowsOf(parameters, pairs);
    const got = await neumfLoss(rows, pairs, options).item();
    assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not ${expected}`);
    await checkGradients((at: NeumfParameters) => neumfLoss(at, pairs, options), rows, {
      order: 2,
    });
  });
});

test('scores of cml are minus squared distances', async () => {
  await forAll(10, async (draw) => {
    const { clicks } = drawBatch(draw);
    const at = cmlParameters(draw, clicks);
    const [users, items] = [await plain(at.users.position), await plain(at.items.position)];
    const scores = await plain(scoresOf(cmlFactors(at)));
    users.forEach((p, user) => {
      items.forEach((q, item) => {
        assert.ok(Math.abs(scores[user][item] + distance(p, q)) <= tolerance);
      });
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
    const kind = modelKind('neumf');
    const settings: Settings = { ...kind.synthetic, factors: 5, layers };
    const model = await kind.fit(everything, settings, { seed: 3, device });
    const sizes = { users: 3, items: 4, factors: 5, layers };
    const { score } = await plainNeumf(initialNeumf(sizes, settings.deviation as number, 3));
    const scores = await model.scores(Int32Array.of(2, 0));
    [2, 0].forEach((user, row) => {
      for (let item = 0; item < 4; item++) {
        const apart = Math.abs(scores[row * 4 + item] - score(user, item));
        assert.ok(apart <= tolerance, `${apart}`);
      }
    });
  }
});

/** Clicks of users 0 to 3 on items 0 to 5; user 4 has none, user 5 all, item 6 is user 5's alone. */
const clicks = fromPairs(
  [
    ...[0, 1, 2, 3].flatMap((user) => [0, 2].map((by) => [user, (user * 2 + by) % 6] as const)),
    ...[0, 1, 2, 3, 4, 5, 6].map((item) => [5, item] as const),
  ],
  6,
  7,
);

test('a step of training moves the rows of its batch alone', async () => {
  const counts = { users: 6, items: 7, factors: 3 };
  const options = { margin: 10, regularization: 0.1, negatives: 1, deviation: 1, seed: 2, device };
  const model = cml(counts, options);
  const settings = { epochs: 1, batchSize: 2, negatives: 1, learningRate: 0.1 };
  const states: Float64Array[][] = [];
  const watched: EmbeddingModel<typeof model.initial> = {
    ...model,
    trained: async (parameters) => {
      const { users, items } = parameters;
      states.push((await readAll([users, items])) as Float64Array[]);
      return model.trained(parameters);
    },
  };
  // The one step whose clicks are drawn here as the training draws them.
  const batches = clickBatches(
    contrasted(clicks),
    { size: 2, negatives: 1 },
    random(7).fork('epoch 1'),
  );
  const first = batches.next().value as ClickBatch;
  const alone: SparseMatrix = fromPairs(
    [...first.users].map((user, b) => [user, first.items[2 * b]] as const),
    6,
    7,
  );
  await fitEmbeddings(alone, watched, settings, { seed: 7, device });
  const [before] = [(await readAll([model.initial.users, model.initial.items])) as Float64Array[]];
  const moved = (side: 0 | 1) =>
    Array.from({ length: before[side].length / 3 }, (_, row) => row).filter((row) =>
      [0, 1, 2].some((k) => states[0][side][row * 3 + k] !== before[side][row * 3 + k]),
    );
  const clicked = [...new Set([...first.users])].sort();
  assert.equal(moved(0), clicked);
  const touchedItems = moved(1);
  assert.ok(touchedItems.length <= 4);
  for (const user of clicked) {
    for (const item of rowOf(alone, user)) assert.ok(touchedItems.includes(item));
  }
});

const meanScore = (
  scores: ArrayLike<number>,
  users: number,
  pick: (u: number, i: number) => boolean,
) => {
  const items = scores.length / users;
  const chosen = Array.from({ length: scores.length }, (_, cell) => cell).filter((cell) =>
    pick(Math.floor(cell / items), cell % items),
  );
  return chosen.reduce((sum, cell) => sum + scores[cell], 0) / chosen.length;
};

for (const name of ['neumf', 'cml']) {
  test(`training ${name} scores clicks above the rest`, async () => {
    const kind = modelKind(name);
    const settings: Settings = { ...kind.synthetic, epochs: 30, batchSize: 4, learningRate: 0.05 };
    const model: TrainedModel = await kind.fit(clicks, settings, { seed: 1, device });
    const users = Int32Array.of(0, 1, 2, 3);
    const scores = await model.scores(users);
    const isClicked = (user: number, item: number) => rowOf(clicks, user).includes(item);
    const above = meanScore(scores, 4, isClicked);
    assert.ok(above > meanScore(scores, 4, (user, item) => !isClicked(user, item)));
  });

  test(`users of ${name} without clicks or without negatives keep their factors`, async () => {
    const kind = modelKind(name);
    const trained = async (epochs: number) => {
      const settings = { ...kind.synthetic, epochs, layers: [2] } as Settings;
      const model = await kind.fit(clicks, settings, { seed: 1, device });
      return (await model.arrays()).users.data;
    };
    const [one, three] = [await trained(1), await trained(3)];
    const width = one.length / 6;
    const row = (x: ArrayLike<number>, user: number) =>
      Array.from(x).slice(user * width, (user + 1) * width);
    assert.not.equal(row(one, 0), row(three, 0));
    if (name === 'cml') for (const user of [4, 5]) assert.equal(row(one, user), row(three, user));
  });
}

test.run();
