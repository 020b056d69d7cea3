/** @file WRMF by gradient descent: batches, fake users and both losses. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  noData,
  openDevice,
  readAll,
  setDefaultDevice,
  type Tree,
  tensor,
  train,
} from '../../src/autodiff/index.ts';
import { fromDense } from '../../src/data/sparse.ts';
import { initialFactors, wrmfSgd } from '../../src/models/index.ts';
import { forAll } from '../autodiff/draw.ts';
import { data, fakeRows, fakes, items, optimizers, users } from './recommenders.ts';

const device = await openDevice('reference');
setDefaultDevice(device);

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
    const stepped = (['dense', 'implicit-zeros'] as const).map((loss) => {
      const model = wrmfSgd(sparse, {
        loss,
        weight: 3,
        optimizer: optimizers.sgd,
        steps: 1,
        initial,
      });
      return model.step(model.init({}), {}, noData).parameters;
    });
    await close(stepped[1], stepped[0]);
  });
});

test.run();
