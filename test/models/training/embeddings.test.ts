/** @file Training of embeddings: which rows a step moves, and what they learn. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice, readAll, setDefaultDevice } from '../../../src/autodiff/index.ts';
import { type ClickBatch, clickBatches, contrasted } from '../../../src/data/negatives.ts';
import { random } from '../../../src/data/random.ts';
import { fromPairs, rowOf, type SparseMatrix } from '../../../src/data/sparse.ts';
import {
  cml,
  type EmbeddingModel,
  fitEmbeddings,
  modelKind,
  type Settings,
  type TrainedModel,
} from '../../../src/models/index.ts';
import { ofKind } from '../recommenders.ts';

const device = await openDevice('reference');
setDefaultDevice(device);

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
      const settings: Settings = ofKind(kind, { ...kind.synthetic, epochs, layers: [2] });
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
