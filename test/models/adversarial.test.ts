/** @file Adversarial training: gradients and lengths against plain loops, and derivatives of them. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add as addTo,
  checkGradients,
  grad,
  leaves,
  mul,
  openDevice,
  readAll,
  setDefaultDevice,
  sum,
  type Tensor,
  tensor,
  train,
} from '../../src/autodiff/index.ts';
import { fromDense } from '../../src/data/sparse.ts';
import {
  fitSurrogate,
  initialFactors,
  type Poison,
  type WrmfVatSettings,
  wrmfAprKind,
  wrmfGradient,
  wrmfLoss,
  wrmfSgdKind,
  wrmfUserLosses,
  wrmfVatKind,
} from '../../src/models/index.ts';
import { adversarialGradient } from '../../src/models/training/adversarial.ts';
import { minibatchMaker } from '../../src/models/training/batches.ts';
import { vatLengths } from '../../src/models/wrmf-vat.ts';
import { Draw } from '../autodiff/draw.ts';
import { data, fakeRows, fakes, items, ofKind, users } from './recommenders.ts';

const device = await openDevice('reference');
setDefaultDevice(device);

const factors = 3;
const settings: WrmfVatSettings = {
  ...wrmfVatKind.synthetic,
  factors,
  epochs: 1,
  weight: 5,
  epsilon: 0.4,
  adversarialWeight: 0.7,
  adaptation: 2,
  pretraining: 0,
};
const initial = initialFactors({ users, fakes, items, factors }, 0.5, 1);
const strength = tensor(settings.adversarialWeight);

type Rows = number[][];
const rowsOf = async (x: Tensor): Promise<Rows> => {
  const [flat] = await readAll(x);
  const width = x.shape[1];
  return Array.from({ length: x.shape[0] }, (_, r) => [...flat.slice(r * width, (r + 1) * width)]);
};
const dot = (a: number[], b: number[]) => a.reduce((total, x, i) => total + x * b[i], 0);

/** Plain loops over all users, real and fake, at factors p and q. */
function plain(clicks: Rows, p: Rows, q: Rows) {
  const losses = p.map(() => 0);
  const gp = p.map((row) => row.map(() => 0));
  const gq = q.map((row) => row.map(() => 0));
  clicks.forEach((row, u) => {
    row.forEach((x, i) => {
      const w = x > 0 ? settings.weight : 1;
      const error = x - dot(p[u], q[i]);
      losses[u] += w * error ** 2;
      for (let k = 0; k < factors; k++) {
        gp[u][k] -= 2 * w * error * q[i][k];
        gq[i][k] -= 2 * w * error * p[u][k];
      }
    });
  });
  return { losses, gp, gq };
}

const moved = (table: Rows, gradient: Rows, length: (row: number) => number): Rows =>
  table.map((row, r) => {
    const size = Math.sqrt(dot(gradient[r], gradient[r]));
    return row.map((x, k) => x + (length(r) * gradient[r][k]) / size);
  });

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** The gradients of users, fake users and items by the published formulas. */
function expected(clicks: Rows, p: Rows, q: Rows, kind: 'apr' | 'vat') {
  const { epsilon, adaptation, adversarialWeight } = settings;
  const first = plain(clicks, p, q);
  const mean = first.losses.reduce((a, b) => a + b) / first.losses.length;
  const ofUser = (u: number) =>
    kind === 'apr' ? epsilon : epsilon * adaptation * sigmoid(mean / first.losses[u] - 1);
  const ofItem = () => (kind === 'apr' ? epsilon : (epsilon * adaptation) / 2);
  const second = plain(clicks, moved(p, first.gp, ofUser), moved(q, first.gq, ofItem));
  const total = (a: Rows, b: Rows) =>
    a.map((row, r) => row.map((x, k) => x + adversarialWeight * b[r][k]));
  const gp = total(first.gp, second.gp);
  return {
    users: gp.slice(0, users),
    fakes: gp.slice(users),
    items: total(first.gq, second.gq),
  };
}

/** Sums of at most 40 terms below 100 in another order, through two gradients. */
const tolerance = 40 * 2 * 100 * Number.EPSILON;

function close(got: Rows, want: Rows): void {
  want.flat().forEach((x, i) => {
    assert.ok(Math.abs(got.flat()[i] - x) <= tolerance, `${got.flat()[i]} is not ${x}`);
  });
}

const lengthsOf = {
  apr: () => ({ users: settings.epsilon, items: settings.epsilon, fakes: settings.epsilon }),
  vat: vatLengths([data, fakes, settings, 1]),
};

const gradientOf = (kind: 'apr' | 'vat', loss: 'dense' | 'implicit-zeros') => {
  const plainGradient = wrmfGradient(data, { weight: settings.weight, loss });
  return adversarialGradient(
    (parameters: typeof initial, poison, _batch: { strength: Tensor }) =>
      plainGradient(parameters, poison),
    kind === 'apr' ? lengthsOf.apr : vatLengths([data, fakes, { ...settings, loss }, 1]),
  );
};

const dense = Array.from({ length: users }, (_, u) =>
  Array.from({ length: items }, (_, i) =>
    data.indices.subarray(data.indptr[u], data.indptr[u + 1]).includes(i) ? 1 : 0,
  ),
);

for (const kind of ['apr', 'vat'] as const) {
  for (const loss of ['dense', 'implicit-zeros'] as const) {
    test(`the gradient of ${kind} is that of the published formulas (${loss})`, async () => {
      const got = gradientOf(kind, loss)(initial, { fakes: fakeRows }, { strength });
      const [p, q, f] = [
        await rowsOf(initial.users),
        await rowsOf(initial.items),
        await rowsOf(initial.fakes),
      ];
      const clicks = [...dense, ...(await rowsOf(fakeRows))];
      const want = expected(clicks, [...p, ...f], q, kind);
      for (const table of ['users', 'items', 'fakes'] as const) {
        close(await rowsOf(got[table]), want[table]);
      }
    });
  }

  test(`${kind} descends the sum of both losses, the perturbation held`, async () => {
    const lossOf = wrmfLoss(data, { weight: settings.weight, loss: 'dense' });
    const first = grad(lossOf)(initial, { fakes: fakeRows });
    const lengths =
      kind === 'apr' ? lengthsOf.apr() : lengthsOf.vat(initial, { fakes: fakeRows }, { strength });
    const shifts: Record<string, Tensor> = {};
    for (const table of ['users', 'items', 'fakes'] as const) {
      const rows = await rowsOf(first[table]);
      const length = lengths[table];
      const each =
        typeof length === 'number'
          ? rows.map(() => length)
          : length.shape.length === 0
            ? rows.map(() => 0)
            : (await rowsOf(length)).map(([x]) => x);
      shifts[table] = tensor(
        rows.map((row, r) => row.map((x) => (each[r] * x) / Math.sqrt(dot(row, row)))),
      );
    }
    const total = (parameters: typeof initial) => {
      const perturbed = Object.fromEntries(
        Object.entries(parameters).map(([table, rows]) => [table, addTo(rows, shifts[table])]),
      );
      const [a, b] = [parameters, perturbed].map((at) => lossOf(at, { fakes: fakeRows }));
      return addTo(a, mul(settings.adversarialWeight, b));
    };
    await checkGradients(total, initial);
    const [got, want] = [
      gradientOf(kind, 'dense')(initial, { fakes: fakeRows }, { strength }),
      grad(total)(initial),
    ];
    for (const table of ['users', 'items', 'fakes'] as const) {
      close(await rowsOf(got[table]), await rowsOf(want[table]));
    }
  });

  test(`the gradient of ${kind} is itself differentiable, perturbation and all`, async () => {
    for (const loss of ['dense', 'implicit-zeros'] as const) {
      const gradient = gradientOf(kind, loss);
      const draw = new Draw(5);
      const directions = leaves(initial).map((leaf) => draw.uniform(leaf.shape));
      const along = ({ at, poison }: { at: typeof initial; poison: { fakes: Tensor } }) =>
        leaves(gradient(at, poison, { strength }))
          .map((leaf, i) => sum(mul(leaf, directions[i])))
          .reduce(addTo);
      await checkGradients(along, { at: initial, poison: { fakes: fakeRows } }, { order: 2 });
    }
  });
}

test('the loss of each user adds up to the loss, in batches too, with fakes held to candidates', async () => {
  const candidates = Int32Array.of(1, 2, 4);
  const narrow = new Draw(3).uniform([fakes, candidates.length]);
  const batch = minibatchMaker(data, [Int32Array.of(0, 2, users + 1), Int32Array.of(4)], fakes);
  for (const loss of ['dense', 'implicit-zeros'] as const) {
    const options = { weight: 5, loss, candidates };
    for (const [rows, inside] of [
      [undefined, [0, 1, 2, 3, 4]],
      [batch(0), [0, 2]],
      [batch(1), [4]],
    ] as const) {
      const given = [initial, { fakes: narrow }, rows] as const;
      const each = wrmfUserLosses(data, options)(...given);
      const [real, fake, whole] = (
        await readAll([each.users, each.fakes, wrmfLoss(data, options)(...given)])
      ).map((numbers) => [...numbers] as number[]);
      const total = [...real, ...fake].reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(total - whole[0]) <= tolerance, `${loss}: ${total} is not ${whole}`);
      const found = real.flatMap((x, user) => (x === 0 ? [] : [user]));
      assert.equal(found, inside);
    }
  }
});

test('weights of users weigh their losses', async () => {
  const numbers = [0.5, 0, 1, 2, 0.25];
  const weights = tensor(numbers.map((x) => [x]));
  const batch = minibatchMaker(data, [Int32Array.of(3, 1, 0)], 0)(0);
  const alone = { users: initial.users, items: initial.items };
  for (const loss of ['dense', 'implicit-zeros'] as const) {
    const options = { weight: 5, loss };
    for (const rows of [undefined, batch]) {
      const [each] = await readAll([wrmfUserLosses(data, options)(alone, {}, rows).users]);
      const [[got]] = (await readAll([
        wrmfLoss(data, options)(alone, { weights }, rows),
      ])) as Float64Array[];
      const want = numbers.reduce((total, w, u) => total + w * each[u], 0);
      assert.ok(Math.abs(got - want) <= tolerance, `${loss}: ${got} is not ${want}`);
    }
    await checkGradients(
      (x: { at: typeof alone; weights: Tensor }) =>
        wrmfLoss(data, options)(x.at, { weights: x.weights }, batch),
      { at: alone, weights },
      { order: 2 },
    );
  }
});

test('a user of weight 0 changes nothing that others read, and is trained all the same', async () => {
  const weights = tensor([[1], [0], [1], [1], [1]]);
  for (const kind of [wrmfSgdKind, wrmfAprKind]) {
    const given = ofKind(kind, { ...settings, epochs: 4, learningRate: 0.05 });
    const model = kind.differentiable(data, 0, given, 1);
    const read = async (clicks: typeof data, inputs: Poison) => {
      const fitted = await fitSurrogate(
        kind.differentiable(clicks, 0, given, 1),
        { device },
        inputs,
      );
      return fitted.arrays();
    };
    const without = fromDense(
      Float64Array.from(dense.flat(), (x, cell) => (Math.floor(cell / items) === 1 ? 0 : x)),
      users,
      items,
    );
    const weighed = await read(data, { weights });
    const other = await read(without, { weights });
    assert.equal([...weighed.items.data], [...other.items.data]);
    assert.not.equal([...weighed.users.data], [...other.users.data]);
    const ones = tensor([[1], [1], [1], [1], [1]]);
    const [full, plainly] = [await read(data, { weights: ones }), await read(data, {})];
    [...plainly.items.data].forEach((x, i) => {
      assert.ok(Math.abs(full.items.data[i] - x) <= 4 * tolerance);
    });
    const lossAfter = async (steps: number) => {
      const state = await train({ ...model, steps }, { weights }, device);
      const [losses] = await readAll([model.userLosses?.(state) as Tensor]);
      return losses[1];
    };
    assert.ok((await lossAfter(4)) < (await lossAfter(0)));
  }
});

test('a factor whose gradient is 0 is not perturbed, and its derivatives are finite', async () => {
  const none = fromDense(new Float64Array(users * items), users, items);
  const plainGradient = wrmfGradient(none, { weight: 5, loss: 'dense' });
  const gradient = adversarialGradient(
    (parameters: typeof initial, poison, _batch: { strength: Tensor }) =>
      plainGradient(parameters, poison),
    lengthsOf.apr,
  );
  // Factors of 0 fit clicks of 0: every gradient vanishes.
  const zero = {
    users: tensor(new Float64Array(users * factors), [users, factors]),
    items: tensor(new Float64Array(items * factors), [items, factors]),
  };
  const got = await readAll(gradient(zero, {}, { strength }));
  assert.ok(got.every((table) => table.every((x: number) => x === 0)));
  const second = grad((at: typeof zero) =>
    leaves(gradient(at, {}, { strength }))
      .map((leaf) => sum(leaf))
      .reduce(addTo),
  )(zero);
  assert.ok((await readAll(second)).every((table) => table.every(Number.isFinite)));
});

test('perturbations begin after the pretraining', async () => {
  const models = [wrmfAprKind, wrmfVatKind].map((kind) =>
    kind.differentiable(
      data,
      fakes,
      ofKind(kind, { ...settings, epochs: 3, batchSize: 3, pretraining: 2 }),
      1,
    ),
  );
  for (const model of models) {
    const strengths = await Promise.all(
      Array.from({ length: model.steps }, async (_, step) => {
        const batch = model.batch?.(step) as { strength: Tensor };
        return batch.strength.item();
      }),
    );
    assert.equal(strengths, [...new Array(6).fill(0), ...new Array(3).fill(0.7)]);
  }
});

test.run();
