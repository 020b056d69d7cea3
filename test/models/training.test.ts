/** @file Recommenders: batches cover their rows, agree with full training, and fakes stay apart. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  checkGradients,
  openDevice,
  readAll,
  rowIndex,
  setDefaultDevice,
  type Tensor,
  type Tree,
  tensor,
  train,
} from '../../src/autodiff/index.ts';
import { fromDense } from '../../src/data/sparse.ts';
import {
  epochBatches,
  initialFactors,
  initialItemAe,
  itemAeLoss,
  predictions,
  wrmfLoss,
  wrmfSgd,
} from '../../src/models/index.ts';
import { denseLoss } from '../../src/models/losses/weighted-loss.ts';
import {
  data,
  fakeRows,
  fakes,
  items,
  optimizers,
  problem,
  recommender,
  users,
  variants,
} from '../attack/problems.ts';
import { forAll } from '../autodiff/draw.ts';

const device = await openDevice('reference');
setDefaultDevice(device);

test('the batches of an epoch hold every row once, the same for the same seed', () => {
  const batches = epochBatches(10, 4, 3, 5);
  assert.equal(
    batches.map((batch) => batch.length),
    [4, 4, 2, 4, 4, 2, 4, 4, 2],
  );
  for (let epoch = 0; epoch < 3; epoch++) {
    const rows = batches.slice(3 * epoch, 3 * epoch + 3).flatMap((batch) => [...batch]);
    assert.equal(
      rows.sort((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
  }
  assert.equal(epochBatches(10, 4, 3, 5), batches);
  assert.not.equal(epochBatches(10, 4, 3, 6), batches);
});

/** Sums of some 50 products in another order, in each of 3 steps, of numbers below 10. */
const tolerance = 50 * 3 * 10 * Number.EPSILON;

async function close(got: Tree, expected: Tree): Promise<void> {
  const [a, b] = [await readAll(got), await readAll(expected)];
  assert.is(a.length, b.length);
  b.forEach((numbers, leaf) => {
    numbers.forEach((value: number, i: number) => {
      assert.ok(Math.abs(a[leaf][i] - value) <= tolerance, `${a[leaf][i]} is not ${value}`);
    });
  });
}

test('a batch of all rows in any order is the full batch', async () => {
  const initial = initialFactors({ users, fakes, items, factors: 3 }, 0.5, 1);
  const rows = Int32Array.of(6, 2, 0, 5, 1, 4, 3);
  for (const loss of ['dense', 'implicit-zeros'] as const) {
    const options = { loss, weight: 5, optimizer: optimizers.sgd, steps: 3, initial };
    const whole = await train(wrmfSgd(data, options), { fakes: fakeRows }, device);
    const batched = wrmfSgd(data, { ...options, batches: [rows, rows, rows] });
    await close(await train(batched, { fakes: fakeRows }, device), whole);
  }
});

for (const { name, ...options } of variants) {
  test(`predictions of some users are rows of those of all (${name})`, async () => {
    const model = recommender({ ...options, steps: 2 });
    const poison = { fakes: fakeRows };
    const state = await train(model, poison, device);
    const some = rowIndex(Int32Array.of(3, 0, 3), users);
    const [all, chosen] = await readAll([
      predictions(model, state, poison),
      predictions(model, state, poison, some),
    ]);
    const rows = [3, 0, 3].flatMap((user) => [...all.slice(user * items, (user + 1) * items)]);
    assert.equal([...chosen], rows);
  });

  test(`training lowers the loss of the data (${name})`, async () => {
    const lossAfter = async (steps: number) => {
      const of = problem({ ...options, steps });
      const model = recommender({ ...options, steps });
      const state = await train(of, of.inputs, device);
      return denseLoss(dense, predictions(model, state, of.inputs), 5).item();
    };
    assert.ok((await lossAfter(8)) < (await lossAfter(0)));
  });
}

const dense: Tensor = tensor(
  Float64Array.from({ length: users * items }, (_, i) => {
    const [user, item] = [Math.floor(i / items), i % items];
    const row = data.indices.subarray(data.indptr[user], data.indptr[user + 1]);
    return row.includes(item) ? 1 : 0;
  }),
  [users, items],
);

test('a model without fake users trains as one whose fake users have no clicks and no factors', async () => {
  const initial = initialFactors({ users, fakes: 0, items, factors: 3 }, 0.5, 1);
  const options = { loss: 'dense', weight: 5, optimizer: optimizers.sgd, steps: 3 } as const;
  const alone = await train(wrmfSgd(data, { ...options, initial }), {}, device);
  const empty = tensor(new Float64Array(fakes * 3), [fakes, 3]);
  const withFakes = wrmfSgd(data, { ...options, initial: { ...initial, fakes: empty } });
  const none = tensor(new Float64Array(fakes * items), [fakes, items]);
  const both = await train(withFakes, { fakes: none }, device);
  const { users: p, items: q } = both.parameters;
  await close({ users: p, items: q }, alone.parameters);
});

test('both losses are one sum with one gradient, whatever the pattern', async () => {
  await forAll(15, async (draw) => {
    const [n, m, k] = draw.shape(3);
    const clicks = Float64Array.from({ length: n * m }, () => (draw.chance(0.4) ? 1 : 0));
    const sparse = fromDense(clicks, n, m);
    const initial = { users: draw.uniform([n, k]), items: draw.uniform([m, k]) };
    const stepped = ['dense', 'implicit-zeros'].map((loss) => {
      const model = wrmfSgd(sparse, {
        loss: loss as 'dense' | 'implicit-zeros',
        weight: 3,
        optimizer: optimizers.sgd,
        steps: 1,
        initial,
      });
      return model.step(model.init({}), {}, []).parameters;
    });
    await close(stepped[1], stepped[0]);
  });
});

test('the losses of WRMF and ItemAE are twice differentiable, whatever the clicks', async () => {
  await forAll(6, async (draw) => {
    const [n, m, f] = draw.shape(3);
    const clicks = Float64Array.from({ length: n * m }, () => (draw.chance(0.4) ? 1 : 0));
    const sparse = fromDense(clicks, n, m);
    const rows = draw.uniform([f, m], 0.1, 0.9);
    for (const loss of ['dense', 'implicit-zeros'] as const) {
      const common = { loss, weight: 3, optimizer: optimizers.sgd, steps: 1 };
      const factors = initialFactors({ users: n, fakes: f, items: m, factors: 2 }, 0.5, 1);
      const ofFactors = wrmfLoss(sparse, common);
      const weights = initialItemAe({ users: n, fakes: f }, [2, 3], 1);
      const options = { ...common, initial: weights, activation: 'tanh' } as const;
      const ofWeights = itemAeLoss(sparse, options).loss;
      for (const [fn, start] of [
        [ofFactors, factors],
        [ofWeights, weights],
      ] as const) {
        const at = { start: start as { readonly [name: string]: Tensor }, rows };
        await checkGradients((x: typeof at) => fn(x.start, { fakes: x.rows }), at, { order: 2 });
      }
    }
  });
});

test('a step of every model is twice differentiable in the fake users', async () => {
  for (const { batches, ...options } of variants) {
    if (batches) continue;
    const model = recommender({ ...options, batches, steps: 1 });
    const fn = ({ poison }: { poison: Tensor }) => {
      const inputs = { fakes: poison };
      return predictions(model, model.step(model.init(inputs), inputs, []), inputs);
    };
    await checkGradients(fn, { poison: fakeRows }, { order: 2 });
  }
});

test.run();
