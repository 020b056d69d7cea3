/** @file What holds for every recommender that gradient descent trains: scores, losses, derivatives. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  checkGradients,
  noData,
  openDevice,
  readAll,
  rowIndex,
  setDefaultDevice,
  type Tensor,
  tensor,
  train,
} from '../../src/autodiff/index.ts';
import { fromDense, toDense } from '../../src/data/sparse.ts';
import {
  initialFactors,
  initialItemAe,
  itemAeLoss,
  predictions,
  wrmfLoss,
} from '../../src/models/index.ts';
import { denseLoss } from '../../src/models/losses/weighted-loss.ts';
import { forAll } from '../autodiff/draw.ts';
import { data, fakeRows, items, optimizers, recommender, users, variants } from './recommenders.ts';

const device = await openDevice('reference');
setDefaultDevice(device);

const clicks = tensor(toDense(data), [users, items]);

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
      const model = recommender({ ...options, steps });
      const poison = { fakes: fakeRows };
      const state = await train(model, poison, device);
      return denseLoss(clicks, predictions(model, state, poison), 5).item();
    };
    assert.ok((await lossAfter(8)) < (await lossAfter(0)));
  });
}

test('the losses of WRMF and ItemAE are twice differentiable, whatever the clicks', async () => {
  await forAll(6, async (draw) => {
    const [n, m, f] = draw.shape(3);
    const cells = Float64Array.from({ length: n * m }, () => (draw.chance(0.4) ? 1 : 0));
    const sparse = fromDense(cells, n, m);
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
      return predictions(model, model.step(model.init(inputs), inputs, noData), inputs);
    };
    await checkGradients(fn, { poison: fakeRows }, { order: 2 });
  }
});

test.run();
