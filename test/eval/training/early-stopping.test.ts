/** @file Early stopping on kinds whose models are known, and on a recommender that overfits. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice } from '../../../src/autodiff/index.ts';
import { rowOf, type SparseMatrix, synthetic } from '../../../src/data/index.ts';
import { type EarlyStopping, type Measurement, stopEarly } from '../../../src/eval/index.ts';
import { type ModelKind, modelKind, type TrainedModel } from '../../../src/models/index.ts';
import { failure } from '../../data/temporary.ts';

const device = await openDevice('reference');
const { train } = synthetic({ users: 40, fakes: 1, items: 30, seed: 2 }).data;
const everyone = Int32Array.from({ length: train.rows }, (_, user) => user);

/** What `fit` and `load` of the kind below were given. */
interface Calls {
  fitted?: SparseMatrix;
  loaded?: SparseMatrix;
}

/**
 * A kind whose model after epoch `e` ranks the clicks that it was not trained on above the share
 * `ranked[e - 1]` of the other items, and whose only number is the epoch.
 */
function scripted(ranked: readonly number[], calls: Calls = {}): ModelKind {
  const modelOf = (clicks: SparseMatrix, epoch: number): TrainedModel => ({
    users: clicks.rows,
    items: clicks.columns,
    scores: async (users) =>
      Float64Array.from([...users].flatMap((user) => scoresOf(clicks, user, ranked[epoch - 1]))),
    arrays: async () => ({ epoch: { shape: [1], data: Float64Array.of(epoch) } }),
    release: () => {},
  });
  return {
    name: 'scripted',
    about: '',
    defaults: { epochs: ranked.length },
    synthetic: { epochs: ranked.length },
    fit: async (clicks, _settings, { onEpoch }) => {
      calls.fitted = clicks;
      let epoch = 1;
      for (; epoch <= ranked.length; epoch++) {
        if (await onEpoch?.(epoch, modelOf(clicks, epoch))) break;
      }
      return modelOf(clicks, Math.min(epoch, ranked.length));
    },
    load: (clicks, _settings, { epoch }) => {
      calls.loaded = clicks;
      return modelOf(clicks, epoch.data[0]);
    },
  };
}

/** 1 for all clicks of the whole data, 0 and 2 for the rest: `share` of them below the clicks. */
function scoresOf({ columns }: SparseMatrix, user: number, share: number): number[] {
  const clicked = rowOf(train, user);
  const others = columns - clicked.length;
  let seen = 0;
  return Array.from({ length: columns }, (_, item) => {
    if (clicked.includes(item)) return 1;
    return seen++ < share * others ? 0 : 2;
  });
}

async function run(
  ranked: readonly number[],
  { pretraining = 0, ...options }: Partial<EarlyStopping> & { pretraining?: number },
  seed = 1,
) {
  const calls: Calls = {};
  const measurements: Measurement[] = [];
  const kind = stopEarly(scripted(ranked, calls), {
    patience: 2,
    validation: 0.3,
    every: 1,
    k: 5,
    ...options,
    onMeasurement: (measurement) => measurements.push(measurement),
  });
  const model = await kind.fit(train, { ...kind.defaults, pretraining }, { seed, device });
  const [epoch] = (await model.arrays()).epoch.data;
  return { calls, measurements, epoch };
}

const epochsOf = (measurements: readonly Measurement[]) => measurements.map(({ epoch }) => epoch);

test('ends after so many measurements without a new best, and gives the best model', async () => {
  // 1 puts all held-out clicks first, 0 puts them last; the best is the first of equals.
  const { measurements, epoch } = await run([0, 1, 0, 1, 1, 1], {});
  assert.equal(epochsOf(measurements), [1, 2, 3, 4]);
  assert.is(epoch, 2);
  assert.equal(
    measurements.map(({ best }) => best.epoch),
    [1, 2, 2, 2],
  );
  assert.ok(measurements[1].recall > measurements[0].recall);
  assert.is(measurements[3].best.recall, measurements[1].recall);
});

test('a new best gives patience anew', async () => {
  const { measurements, epoch } = await run([0, 0, 1, 0, 0, 1], {});
  assert.equal(epochsOf(measurements), [1, 2, 3, 4, 5]);
  assert.is(epoch, 3);
});

test('epochs of pretraining are not measured: the model is not yet of its kind', async () => {
  const { measurements, epoch } = await run([1, 1, 0, 1, 0], { pretraining: 2.5 });
  assert.equal(epochsOf(measurements), [3, 4, 5]);
  assert.is(epoch, 4);
});

test('measures every so many epochs, and the last', async () => {
  const { measurements, epoch } = await run([1, 0, 1, 0, 0, 0, 1], { every: 2, patience: 9 });
  assert.equal(epochsOf(measurements), [2, 4, 6, 7]);
  assert.is(epoch, 7);
  const { measurements: one } = await run([0, 1], { every: 100 });
  assert.equal(epochsOf(one), [2]);
});

test('trains on the clicks that are not held out, by the seed, and loads with all', async () => {
  const { calls } = await run([1], { validation: 0.3 });
  const { fitted, loaded } = calls as Required<Calls>;
  assert.is(loaded, train);
  for (const user of everyone) {
    const [all, kept] = [[...rowOf(train, user)], [...rowOf(fitted, user)]];
    assert.is(kept.length, all.length - Math.floor(0.3 * all.length + 1e-9));
    assert.ok(kept.every((item) => all.includes(item)));
  }
  assert.equal((await run([1], { validation: 0.3 })).calls.fitted, fitted);
  assert.not.equal((await run([1], { validation: 0.3 }, 2)).calls.fitted, fitted);
});

test('a recommender stops before its epochs with the factors that it had at its best', async () => {
  const wrmf = modelKind('wrmf-sgd');
  const settings = { ...wrmf.synthetic, factors: 8, epochs: 60 };
  const measurements: Measurement[] = [];
  const early = stopEarly(wrmf, {
    patience: 5,
    validation: 0.2,
    every: 1,
    k: 5,
    onMeasurement: (measurement) => measurements.push(measurement),
  });
  const model = await early.fit(train, settings, { seed: 1, device });
  const { best, epoch } = measurements[measurements.length - 1];
  assert.ok(epoch < settings.epochs);
  assert.is(epoch, best.epoch + 5);
  assert.is(best.recall, Math.max(...measurements.map(({ recall }) => recall)));
  // The same training again, ended at the best epoch without early stopping.
  const calls: Calls = {};
  await stopEarly(scripted([1], calls), { patience: 1, validation: 0.2, every: 1, k: 5 }).fit(
    train,
    settings,
    { seed: 1, device },
  );
  const again = await wrmf.fit(calls.fitted as SparseMatrix, settings, {
    seed: 1,
    device,
    onEpoch: async (done) => done === best.epoch,
  });
  assert.equal(await model.scores(everyone), await again.scores(everyone));
});

test('kinds without epochs, and shares that hold nothing out, are errors', async () => {
  const stopping = { patience: 1, validation: 0.01, every: 1, k: 5 };
  assert.throws(
    () => stopEarly(modelKind('item-cf'), stopping),
    /item-cf is not trained in epochs: leave --patience out/,
  );
  const kind = stopEarly(modelKind('wrmf-sgd'), stopping);
  const error = await failure(kind.fit(train, kind.synthetic, { seed: 1, device }));
  assert.match(error.message, /holds out no click of any user: raise --validation/);
});

test.run();
