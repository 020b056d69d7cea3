/** @file Defences that suspect users: whom they drop, what they weigh, and how that trains. */

import { existsSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice } from '../../../src/autodiff/index.ts';
import { random } from '../../../src/data/portable.ts';
import { fromPairs, selectedRows, toDense } from '../../../src/data/sparse.ts';
import { countOf, highest } from '../../../src/defence/defences/defence.ts';
import { weighableVictims } from '../../../src/defence/defences/down-weighting.ts';
import { trimmed } from '../../../src/defence/defences/trimmed-loss.ts';
import {
  type DefenceTask,
  defence,
  defenceNames,
  defences,
  fakeProbabilities,
} from '../../../src/defence/index.ts';
import { UserError } from '../../../src/errors.ts';
import { initialFactors, modelKind, modelKinds } from '../../../src/models/index.ts';
import { tiny } from '../../models/tiny.ts';

const device = await openDevice('reference');
const [users, items] = [8, 6];
const generator = random(5);
const clicks = fromPairs(
  Array.from({ length: users }, (_, user) =>
    generator.sample(items, 1 + generator.integer(3)).map((item) => [user, item] as const),
  ).flat(),
  users,
  items,
);
const everyone = Int32Array.from({ length: users }, (_, user) => user);
/** Users 2 and 5 stand out, 5 the more. */
const suspicion = Float64Array.of(0.1, 0.4, 3, 0.2, 0.3, 9, 0.35, 0.15);

const small = { factors: 2, epochs: 3, deviation: 0.5, learningRate: 0.05, weight: 4 };

function task(victim: string, settings: object = {}): DefenceTask {
  const kind = modelKind(victim);
  const given = { ...kind.synthetic, ...settings };
  return { clicks, kind, settings: given, seed: 1, device, suspicion: async () => suspicion };
}

const scoresOf = async (model: { scores(users: Int32Array): Promise<ArrayLike<number>> }) =>
  Array.from(await model.scores(everyone));

test('a defence is in the file of its name, and needs what it says', async () => {
  for (const { name, suspects, defaults, victims } of defences) {
    const path = `../../../src/defence/defences/${name}.ts`;
    assert.ok(existsSync(new URL(path, import.meta.url)), name);
    const given = task(
      (victims ?? ['item-cf'])[0],
      (victims ?? [''])[0].startsWith('wrmf') ? small : {},
    );
    const error = await defence(name)
      .train(
        { ...given, suspicion: undefined },
        {
          ...defaults,
          ...('bags' in defaults && { bags: 2, bagSize: 3 }),
          ...('share' in defaults && { share: 0.25 }),
          ...('pretraining' in defaults && { pretraining: 1 }),
        },
      )
      .catch((reason: Error) => reason);
    if (suspects) assert.match((error as Error).message, /asks a detector/);
    else assert.not.instance(error, Error, `${name} ${error}`);
  }
  assert.throws(
    () => defence('prayer'),
    new RegExp(`prayer is not known.*${defenceNames.join(', ')}`),
  );
});

test('a defence that would never act is refused', async () => {
  const refused = async (name: string, epochs: number, message: RegExp) => {
    const error = await defence(name)
      .train(task('wrmf-sgd', { ...small, epochs }), {
        ...defence(name).defaults,
        ...('share' in defence(name).defaults && { share: 0.25 }),
      })
      .catch((reason: Error) => reason);
    assert.instance(error, UserError);
    assert.match((error as Error).message, message);
  };
  await refused('apr', 5, /pretraining: 5 epochs leave no step of 5 to perturb/);
  await refused('vat', 3, /pretraining: 5 epochs leave no step of 3 to perturb/);
  await refused('trimmed-loss', 1, /epochs: one epoch has no losses before it/);
});

test('the victims whose users can be weighed are those whose surrogates have losses of users', () => {
  const weighable = modelKinds.filter((kind) => {
    return kind.differentiable?.(clicks, 0, tiny(kind), 1).userLosses !== undefined;
  });
  const names = weighable.map(({ name }) => name);
  assert.equal(weighableVictims, names);
});

test('the highest scores, of which equal ones are drawn by the seed', () => {
  for (let seed = 1; seed < 10; seed++) assert.equal([...highest(suspicion, 2, seed)], [2, 5]);
  // 44 users who are all alike: the last four are among four drawn ones 4 * 4 / 44 times on average.
  const alike = new Float64Array(44);
  let found = 0;
  const seeds = 4000;
  for (let seed = 0; seed < seeds; seed++) {
    found += highest(alike, 4, seed).filter((user) => user >= 40).length;
  }
  // The variance of a hypergeometric number is n K (N - K) (N - n) / (N^2 (N - 1)); five deviations.
  const deviation = Math.sqrt((4 * 4 * 40 * 40) / (44 ** 2 * 43) / seeds);
  assert.ok(Math.abs(found / seeds - 16 / 44) < 5 * deviation, `${found / seeds}`);
  assert.equal([...highest(alike, 4, 7)], [...highest(alike, 4, 7)]);
  const mixed = Float64Array.of(1, 1, 0, 1, 2);
  for (let seed = 0; seed < 50; seed++) {
    const users = [...highest(mixed, 3, seed)];
    assert.ok(users.includes(4) && !users.includes(2) && users.length === 3);
  }
});

test('a share is counted in whole users, and one of nobody is refused', () => {
  assert.is(countOf('filtering', { share: 0.29 }, 100), 29);
  assert.is(countOf('filtering', { share: 0.3 }, 8), 2);
  assert.throws(
    () => countOf('filtering', { share: 0.02 }, 44),
    /^filtering: share: 0\.02 of 44 users is nobody: give 0\.023 or more$/,
  );
  assert.throws(() => countOf('filtering', { share: 1 }, 44), /above 0 and below 1, got 1/);
});

test('filtering trains on the kept users alone, and gives dropped ones the popular items', async () => {
  for (const victim of ['wrmf-sgd', 'item-cf', 'wrmf-als']) {
    const given = task(victim, victim === 'wrmf-sgd' ? small : {});
    const { model, weights } = await defence('filtering').train(given, { share: 0.25 });
    assert.equal([...(weights as Float64Array)], [1, 1, 0, 1, 1, 0, 1, 1]);
    const kept = everyone.filter((user) => user !== 2 && user !== 5);
    const rest = selectedRows(clicks, kept);
    const alone = await given.kind.fit(rest, given.settings, given);
    const expected = await alone.scores(Int32Array.from(kept, (_, row) => row));
    const got = await scoresOf(model);
    kept.forEach((user, row) => {
      const cut = (x: ArrayLike<number>, at: number) =>
        Array.from(x).slice(at * items, (at + 1) * items);
      assert.equal(cut(got, user), cut(expected, row));
    });
    const popularity = new Array<number>(items).fill(0);
    for (const item of rest.indices) popularity[item]++;
    for (const user of [2, 5])
      assert.equal(got.slice(user * items, (user + 1) * items), popularity);
    const twice = await model.scores(Int32Array.of(5, 0, 5));
    assert.equal(Array.from(twice).slice(0, items), popularity);
    assert.equal(Array.from(twice).slice(items, 2 * items), got.slice(0, items));
    model.release();
  }
});

test('the probability of being fake is a logistic function of the suspicion', () => {
  const others = [0.1, 0.4, 0.2, 0.3, 0.35, 0.15];
  const mean = others.reduce((a, b) => a + b) / 6;
  const deviation = Math.sqrt(others.reduce((a, b) => a + (b - mean) ** 2, 0) / 6);
  const got = fakeProbabilities(suspicion, 2);
  suspicion.forEach((s, user) => {
    const expected = 1 / (1 + Math.exp((3 - s) / deviation));
    assert.ok(Math.abs(got[user] - expected) < 1e-12);
  });
  assert.equal([...fakeProbabilities(Float64Array.of(1, 1, 7, 9), 2)], [0, 0, 0.5, 1]);
});

const dense = toDense(clicks);

/**
 * `wrmf-sgd` in plain loops: full batches, Adam, and for each epoch the weights of the users in the
 * items' gradient. Returns scores.
 */
async function plainly(weightsOf: (epoch: number, losses: number[]) => ArrayLike<number>) {
  const { factors, epochs, deviation, learningRate, weight } = small;
  const start = initialFactors({ users, fakes: 0, items, factors }, deviation, 1);
  const [p, q] = [Array.from(await start.users.data()), Array.from(await start.items.data())];
  const moments = [p, q].map((x) => ({ m: x.map(() => 0), v: x.map(() => 0) }));
  const error = (u: number, i: number) => {
    let r = 0;
    for (let k = 0; k < factors; k++) r += p[u * factors + k] * q[i * factors + k];
    return dense[u * items + i] - r;
  };
  const weightOf = (u: number, i: number) => (dense[u * items + i] > 0 ? weight : 1);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const losses = Array.from({ length: users }, (_, u) => {
      let loss = 0;
      for (let i = 0; i < items; i++) loss += weightOf(u, i) * error(u, i) ** 2;
      return loss;
    });
    const counted = weightsOf(epoch, losses);
    const [gp, gq] = [p.map(() => 0), q.map(() => 0)];
    for (let u = 0; u < users; u++) {
      for (let i = 0; i < items; i++) {
        const slope = -2 * weightOf(u, i) * error(u, i);
        for (let k = 0; k < factors; k++) {
          gp[u * factors + k] += slope * q[i * factors + k];
          gq[i * factors + k] += counted[u] * slope * p[u * factors + k];
        }
      }
    }
    for (const [table, gradient, { m, v }] of [
      [p, gp, moments[0]],
      [q, gq, moments[1]],
    ] as const) {
      gradient.forEach((g, c) => {
        m[c] = 0.9 * m[c] + 0.1 * g;
        v[c] = 0.999 * v[c] + 0.001 * g * g;
        const [mean, square] = [m[c] / (1 - 0.9 ** (epoch + 1)), v[c] / (1 - 0.999 ** (epoch + 1))];
        table[c] -= (learningRate * mean) / (Math.sqrt(square) + 1e-8);
      });
    }
  }
  return Array.from({ length: users * items }, (_, c) => {
    const [u, i] = [Math.floor(c / items), c % items];
    return dense[c] - error(u, i);
  });
}

/** Adam divides by the root of a square: roundings of some 100 terms, in 3 steps, of numbers below 10. */
const tolerance = 100 * 3 * 10 * Number.EPSILON;

function close(got: number[], expected: number[]): void {
  assert.is(got.length, expected.length);
  expected.forEach((x, i) => {
    assert.ok(Math.abs(got[i] - x) <= tolerance, `${got[i]} is not ${x}`);
  });
}

test('down-weighting weighs what users teach the items by 1 - p', async () => {
  const { model, weights } = await defence('down-weighting').train(task('wrmf-sgd', small), {
    share: 0.25,
  });
  const expected = fakeProbabilities(suspicion, 2).map((p) => 1 - p);
  assert.equal([...(weights as Float64Array)], [...expected]);
  close(await scoresOf(model), await plainly(() => expected));
});

test('trimmed loss leaves the users of the worst loss a click out, from the second epoch on', async () => {
  const { model, weights } = await defence('trimmed-loss').train(task('wrmf-sgd', small), {
    share: 0.25,
  });
  const counts = everyone.map((user) => clicks.indptr[user + 1] - clicks.indptr[user]);
  let last: number[] = [];
  const trim = (epoch: number, losses: number[]) => {
    const each = losses.map((loss, user) => loss / counts[user]);
    const bound = [...each].sort((a, b) => b - a)[1];
    last = each.map((loss) => (epoch > 0 && loss >= bound ? 0 : 1));
    return last;
  };
  close(await scoresOf(model), await plainly(trim));
  assert.equal([...(weights as Float64Array)], last);
  assert.is(last.filter((w) => w === 0).length, 2);
  const one = trimmed([4, 4, 9], Int32Array.of(0, 1, 3, 3), 1, 1);
  assert.equal([...one], [1, 1, 0]);
});

test('apr and vat train the adversarial kind with the victim’s settings', async () => {
  for (const name of ['apr', 'vat']) {
    const given = task('wrmf-sgd', small);
    const { model } = await defence(name).train(given, { epsilon: 0.2, pretraining: 1 });
    const kind = modelKind(`wrmf-${name}`);
    const settings = { ...kind.defaults, ...given.settings, epsilon: 0.2, pretraining: 1 };
    const same = await kind.fit(clicks, settings, given);
    assert.equal(await scoresOf(model), await scoresOf(same));
    const error = await defence(name)
      .train(given, { epsilon: -1 })
      .catch((reason: Error) => reason);
    assert.match((error as Error).message, /epsilon: expected a number from 0 to 1000000, got -1/);
  }
});

test('what cannot be defended, or not so, is one clear error', async () => {
  const refused = async (name: string, of: DefenceTask, settings: object, message: RegExp) => {
    const error = await defence(name)
      .train(of, settings)
      .catch((reason: Error) => reason);
    assert.match((error as Error).message, message);
  };
  await refused('vat', task('wrmf-als'), {}, /vat defends wrmf-sgd, not wrmf-als: choose --victim/);
  await refused(
    'trimmed-loss',
    task('item-cf'),
    {},
    /trimmed-loss defends wrmf-sgd, wrmf-apr, wrmf-vat/,
  );
  await refused(
    'filtering',
    task('item-cf'),
    { share: 1 },
    /share: expected a number above 0 and below 1, got 1/,
  );
  const wrong = { ...task('item-cf'), suspicion: async () => new Float64Array(3) };
  await refused('filtering', wrong, { share: 0.5 }, /expected 8 finite numbers, got 3/);
});

test.run();
