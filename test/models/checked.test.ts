/** @file What recommenders refuse: settings, seeds, candidates and inputs that are none of theirs. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  evaluate,
  openDevice,
  readAll,
  type Tensor,
  tensor,
  train,
} from '../../src/autodiff/index.ts';
import { fromPairs, toDense } from '../../src/data/index.ts';
import { UserError } from '../../src/errors.ts';
import {
  cmlKind,
  itemAeKind,
  itemCfKind,
  type ModelKind,
  neumfKind,
  type Settings,
  type WrmfFactors,
  wrmfAlsKind,
  wrmfAprKind,
  wrmfSgdKind,
  wrmfVatKind,
} from '../../src/models/index.ts';
import { failure } from '../data/temporary.ts';
import { data, fakes, items, users } from './recommenders.ts';

const device = await openDevice('reference');

const zeros = (...shape: number[]) =>
  tensor(new Float64Array(shape.reduce((size, n) => size * n, 1)), shape);

const surrogates = [wrmfSgdKind, wrmfAlsKind, wrmfAprKind, wrmfVatKind, itemAeKind];

test('inputs of another shape or name than a training reads are refused, of any batch size', async () => {
  for (const kind of surrogates as unknown as Required<ModelKind>[]) {
    for (const batchSize of ['all', 2]) {
      const settings = {
        ...kind.synthetic,
        epochs: 6,
        ...('batchSize' in kind.defaults && { batchSize }),
      };
      const surrogate = kind.differentiable(data, fakes, settings, 1);
      const run = (poison: Parameters<typeof surrogate.init>[0]) =>
        train({ ...surrogate, steps: 1 }, poison, device);
      for (const shape of [[1, items], [fakes, 1], [1, 1], [items], [fakes + 1, items]]) {
        const error = await failure(run({ fakes: zeros(...shape) }));
        assert.instance(error, UserError);
        assert.match(
          error.message,
          `${kind.name}: fakes: expected the shape [2,6], got [${shape}]`,
        );
      }
      assert.match(
        (await failure(run({}))).message,
        /expected the clicks of 2 fake users as fakes/,
      );
      const given = { fakes: zeros(fakes, items) };
      assert.match(
        (await failure(run({ ...given, fake: zeros(fakes, items) }))).message,
        /fake: it reads no such input, of \[2,6\]/,
      );
      const weighs = surrogate.userLosses !== undefined;
      assert.match(
        (await failure(run({ ...given, weights: zeros(1, 1) }))).message,
        weighs
          ? /weights: expected the shape \[5,1\], got \[1,1\]/
          : /weights: it reads no such input/,
      );
      await run({ ...given, ...(weighs && { weights: zeros(users, 1) }) });
    }
  }
});

test('settings that are none of a kind are refused where it trains', async () => {
  const cases: [ModelKind, object, RegExp][] = [
    [wrmfSgdKind, { epochs: 2.5 }, /wrmf-sgd: setting epochs: expected a whole number/],
    [wrmfSgdKind, { epochs: 0 }, /setting epochs/],
    [wrmfSgdKind, { loss: 'Dense' }, /setting loss: expected dense or implicit-zeros, got Dense/],
    [wrmfSgdKind, { learning_rate: 9 }, /settings .*learning_rate.* are not those of wrmf-sgd/],
    [wrmfSgdKind, { weight: -3 }, /setting weight/],
    [wrmfSgdKind, { batchSize: 10.5 }, /setting batchSize: expected all or a whole number/],
    [wrmfAlsKind, { confidence: 'Step' }, /setting confidence/],
    [itemAeKind, { activation: 'gelu' }, /setting activation/],
    [neumfKind, { layers: [] }, /setting layers/],
    [cmlKind, { margin: Number.NaN }, /setting margin/],
    [itemCfKind, { neighbours: 2.5 }, /setting neighbours/],
  ] as unknown as [ModelKind, object, RegExp][];
  for (const [kind, change, expected] of cases) {
    const settings = { ...kind.synthetic, ...change } as Settings;
    const error = await failure(kind.fit(data, settings, { seed: 1, device }));
    assert.instance(error, UserError);
    assert.match(error.message, expected);
    if (kind.differentiable)
      assert.throws(() => kind.differentiable?.(data, 0, settings, 1), expected);
    if (kind.trainingStep) assert.throws(() => kind.trainingStep?.(data, settings, 1), expected);
  }
  const seedless = itemCfKind.fit(data, itemCfKind.synthetic, { seed: Number.NaN, device });
  assert.match(
    (await failure(seedless)).message,
    /item-cf: seed: expected a whole number, got NaN/,
  );
});

test('candidates are items in ascending order', () => {
  for (const candidates of [
    [2, 2],
    [3, 1],
    [-1, 2],
    [0, items],
  ]) {
    for (const kind of surrogates as unknown as Required<ModelKind>[]) {
      const among = Int32Array.from(candidates);
      assert.throws(
        () => kind.differentiable(data, fakes, { ...kind.synthetic, epochs: 6 }, 1, among),
        /candidates: expected items 0 to 5, ascending, got/,
      );
    }
  }
});

test('pretraining leaves a step to perturb, in parts of an epoch too', () => {
  for (const kind of [wrmfAprKind, wrmfVatKind] as unknown as Required<ModelKind>[]) {
    const make = (pretraining: number) =>
      kind.differentiable(data, 0, { ...kind.synthetic, epochs: 6, pretraining }, 1);
    for (const pretraining of [5.5, 5.999, 6]) {
      assert.throws(() => make(pretraining), /epochs leave no step of 6 to perturb/);
    }
    assert.is(make(5).steps, 6);
  }
});

test('where all clicked everything there is no step of clicks and negatives', () => {
  const all = fromPairs(
    [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
    2,
    2,
  );
  for (const kind of [neumfKind, cmlKind] as unknown as Required<ModelKind>[]) {
    assert.throws(
      () => kind.trainingStep(all, kind.synthetic, 1),
      /no user has both items clicked and items not clicked/,
    );
  }
});

// Sums of some 1e2 in float64: 1e-12 of them covers the order of 200 terms.
test('the training loss of alternations weighs entries other than 1 as its solves do', async () => {
  const counted = { ...data, values: data.values.map((_, entry) => 1 + (entry % 3)) };
  const x = toDense(counted);
  const [weight, regularization, factors] = [5, 0.5, 2];
  const weightOf = {
    step: (entry: number) => (entry > 0 ? weight : 1),
    linear: (entry: number) => 1 + (weight - 1) * entry,
  };
  for (const confidence of ['step', 'linear'] as const) {
    for (const loss of ['dense', 'implicit-zeros'] as const) {
      const own = { weight, regularization, factors, confidence, loss };
      const surrogate = wrmfAlsKind.differentiable(
        counted,
        0,
        { ...wrmfAlsKind.synthetic, ...own },
        1,
      );
      const state = surrogate.init({}) as WrmfFactors;
      const [p, q] = await readAll([state.users, state.items]);
      let expected = 0;
      for (let cell = 0; cell < users * items; cell++) {
        const [user, item] = [Math.floor(cell / items), cell % items];
        const score = p[2 * user] * q[2 * item] + p[2 * user + 1] * q[2 * item + 1];
        expected += weightOf[confidence](x[cell]) * (x[cell] - score) ** 2;
      }
      for (const factor of [...p, ...q]) expected += regularization * factor ** 2;
      const { trainingLoss } = surrogate;
      const [[found]] = await readAll(
        await evaluate([trainingLoss?.loss(state, {}) as Tensor], { device }),
      );
      assert.ok(Math.abs(found - expected) <= 1e-12 * expected, `${confidence} ${loss}`);
    }
  }
});

test.run();
