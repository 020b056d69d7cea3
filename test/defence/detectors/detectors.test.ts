import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hypergradient, openDevice, partial, tensor } from '../../../src/autodiff/index.ts';
import { random } from '../../../src/data/random.ts';
import {
  fromPairs,
  rowOf,
  type SparseMatrix,
  stackRows,
  toDense,
} from '../../../src/data/sparse.ts';
import { sppmi } from '../../../src/defence/detectors/co-detector.ts';
import type { Labelled } from '../../../src/defence/detectors/detector.ts';
import { withExamples } from '../../../src/defence/detectors/examples.ts';
import { influenceProblem } from '../../../src/defence/detectors/influence.ts';
import {
  detector,
  detectors,
  features,
  mud,
  pcaDistances,
  qud,
  rud,
  userComponents,
} from '../../../src/defence/index.ts';
import { fitTree } from '../../../src/defence/numerics/decision-tree.ts';
import { isolationScores, meanDepth } from '../../../src/defence/numerics/isolation-forest.ts';
import { localOutlierFactors } from '../../../src/defence/numerics/local-outlier-factor.ts';
import { UserError } from '../../../src/errors.ts';
import { toy } from '../toy.ts';

const device = await openDevice('reference');

function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, within: number): void {
  assert.is(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    assert.ok(
      Math.abs(actual[i] - expected[i]) <= within,
      `${i}: ${actual[i]}, not ${expected[i]}`,
    );
  }
}

test('PCA-VarSelect of the toy is as numpy gives it', async () => {
  const printed = [
    0.348851910114, 0.474348263261, 0.961730012912, 0.504148698144, 0.355460557785, 0.355460557785,
  ];
  expectNear(await pcaDistances(toy, 3), printed, 1e-11);
  const { values } = await userComponents(toy, 3, 0);
  expectNear(values, [2.858722176012, 1.754308466679, 0.779143063037], 1e-11);
});

test('the local outlier factors of the toy are as numpy gives them', async () => {
  const columns = [mud, rud, qud].map((feature) => feature.values(toy));
  const coordinates = Float64Array.from(
    { length: 18 },
    (_, cell) => columns[cell % 3][Math.floor(cell / 3)],
  );
  const printed = [
    0.900793650794, 1.124242424242, 1.012987012987, 1.228354978354, 0.900793650794, 3.282395382389,
  ];
  // The last of them is 22747/6930 = 3.282395382395...: its eleventh digit is wrong.
  expectNear(await localOutlierFactors({ size: 6, width: 3, coordinates }, 3), printed, 1e-10);
});

test('many equal points are no outliers to one another', async () => {
  const coordinates = Float64Array.from({ length: 30 }, (_, i) => (i < 29 ? 1 : 5));
  const factors = await localOutlierFactors({ size: 30, width: 1, coordinates }, 5);
  expectNear(factors.subarray(0, 29), new Float64Array(29).fill(1), 1e-12);
  assert.ok(Number.isFinite(factors[29]) && factors[29] > 1e6);
});

test('an isolation forest sets a lone point apart first', async () => {
  // c(4) = 2 (1 + 1/2 + 1/3) - 2 * 3/4.
  assert.ok(Math.abs(meanDepth(4) - (11 / 3 - 1.5)) < 1e-15);
  const draw = random(1);
  const coordinates = Float64Array.from({ length: 600 }, draw.normal);
  coordinates[0] = 8;
  const options = { trees: 100, sample: 256, seed: 1 };
  const scores = await isolationScores({ size: 300, width: 2, coordinates }, options);
  assert.is(scores.indexOf(Math.max(...scores)), 0);
  assert.ok(scores.every((score) => score > 0 && score < 1));
  // Two points: every cut separates them, at depth 1 of a mean depth of 1.
  const two = { size: 2, width: 1, coordinates: Float64Array.of(0, 1) };
  assert.equal([...(await isolationScores(two, options))], [0.5, 0.5]);
  const same = { size: 5, width: 1, coordinates: new Float64Array(5) };
  expectNear(await isolationScores(same, options), new Float64Array(5).fill(0.5), 1e-12);
});

test('a decision tree splits where entropy falls most', async () => {
  const column = Float64Array.of(1, 2, 3, 4, 5, 6);
  const classes = Uint8Array.of(0, 0, 1, 1, 0, 0);
  const classify = await fitTree({ columns: [column], classes }, { depth: 2, leaf: 1 });
  assert.equal([...classify([column])], [0, 0, 1, 1, 0, 0]);
  // At 2.5 and at 4.5 entropy falls as much: the lower one is taken.
  const stump = await fitTree({ columns: [column], classes }, { depth: 1, leaf: 1 });
  const shares = stump([Float64Array.of(2.4, 2.6)]);
  // Above, both fakes and two of the four genuine users: 1 to 1/2 as the classes weigh the same.
  expectNear(shares, [0, 2 / 3], 1e-15);
  const leaf = await fitTree({ columns: [column], classes }, { depth: 5, leaf: 4 });
  assert.equal(new Set(leaf([column])).size, 1);
});

/** Genuine users of two tastes, and fake users that click item 0 and random items. */
function example(seed: number): Labelled {
  const draw = random(seed);
  const pairs: [number, number][] = [];
  for (let user = 0; user < 60; user++) {
    for (const item of draw.sample(15, 6)) pairs.push([user, 1 + item + (user % 2) * 15]);
  }
  for (let user = 60; user < 70; user++) {
    pairs.push([user, 0]);
    for (const item of draw.sample(30, 6)) pairs.push([user, 1 + item]);
  }
  return {
    clicks: fromPairs(pairs, 70, 31),
    labels: Int8Array.from({ length: 70 }, (_, user) => (user < 60 ? 0 : 1)),
  };
}

const [here, elsewhere] = [example(1), example(2)];

test('every detector gives each user a finite score, the same for the same seed', async () => {
  for (const { name, scores } of detectors) {
    const options = { seed: 3, examples: [elsewhere], targets: [0], device };
    const first = await scores(here.clicks, options);
    assert.is(first.length, 70, name);
    assert.ok(first.every(Number.isFinite), name);
    const again = await scores({ ...here.clicks }, options);
    assert.equal([...again], [...first], name);
  }
  assert.throws(() => detector('nobody'), /degree-sad/);
});

test('what a detector must be told is asked for', async () => {
  for (const { name, needs, scores } of detectors) {
    if (needs === 'clicks') continue;
    let error: unknown;
    await scores(here.clicks, { seed: 1, device }).catch((thrown) => {
      error = thrown;
    });
    assert.ok(error instanceof UserError && error.message.includes(name), `${name}: ${error}`);
  }
});

test('the shared users of an example are rows of the clicks, others are added', async () => {
  const clicks = fromPairs(
    [
      [0, 1],
      [1, 2],
      [2, 2],
    ],
    3,
    4,
  );
  // The third has the clicks of rows 1 and 2 and is neither.
  const known = fromPairs(
    [
      [0, 1],
      [1, 2],
      [2, 2],
      [3, 0],
    ],
    4,
    4,
  );
  const labels = Int8Array.of(0, -1, 1, 1);
  const all = await withExamples(clicks, [{ clicks: known, labels, shared: 2 }]);
  assert.equal([...all.labels], [0, -1, -1, 1, 1]);
  assert.equal([...rowOf(all.clicks, 3)], [2]);
  assert.equal([...rowOf(all.clicks, 4)], [0]);
  const further = await withExamples(clicks, [{ clicks: known, labels }]);
  assert.equal([...further.labels], [-1, -1, -1, 0, 1, 1]);
  const nothing = await withExamples(clicks, [
    { clicks, labels: Int8Array.of(1, 0, -1), shared: 3 },
    { clicks, labels: Int8Array.of(1, -1, -1), shared: 3 },
  ]);
  assert.is(nothing.clicks, clicks);
  assert.equal([...nothing.labels], [1, 0, -1]);
});

test('of two users with the same clicks the labelled one is the seed', async () => {
  const clicks = fromPairs(
    [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [2, 2],
    ],
    3,
    3,
  );
  const examples = [{ clicks, labels: Int8Array.of(-1, 1, 0), shared: 3 }];
  // Both items pass on (p + q) / 2: p = 0.85 / 2 and q = 0.15 + 0.85 / 2, as p + q stays 1.
  expectNear(await detector('fap').scores(clicks, { seed: 1, examples }), [0.425, 0.575, 0], 1e-12);
});

test('examples that do not fit the clicks are refused', async () => {
  const [labels, clicks] = [Int8Array.of(0, 1), fromPairs([[0, 0]], 2, 31)];
  const wrong: readonly (readonly [readonly Labelled[], RegExp])[] = [
    [[{ clicks: fromPairs([[0, 0]], 2, 9), labels }], /examples over 9 items do not fit the 31/],
    [[{ clicks, labels: Int8Array.of(0, 1, 1) }], /examples of 2 users have 3 labels/],
    [[{ clicks, labels, shared: 3 }], /share 3 users with the clicks: give 0 to 2/],
    [[{ clicks, labels, shared: 1 }], /user 0 of the examples has other clicks/],
    [
      [here, { ...here, labels: here.labels.map((label) => 1 - label) }].map((example) => {
        return { ...example, shared: 70 };
      }),
      /label user 0 both fake and genuine/,
    ],
  ];
  for (const name of ['fap', 'co-detector']) {
    for (const [examples, message] of wrong) {
      const error = await detector(name)
        .scores(here.clicks, { seed: 1, examples })
        .then(
          () => undefined,
          (thrown: Error) => thrown,
        );
      assert.instance(error, UserError);
      assert.match(`${error?.message}`, message);
    }
  }
});

test('FAP is the walk of its formula, in dense matrices', async () => {
  const scores = await detector('fap').scores(here.clicks, { seed: 1, examples: [elsewhere] });
  const all = await withExamples(here.clicks, [elsewhere]);
  const { rows, columns } = all.clicks;
  const dense = toDense(all.clicks);
  const sum = (from: number, step: number, n: number) =>
    Array.from({ length: n }, (_, i) => dense[from + i * step]).reduce((a, b) => a + b, 0);
  const ofUser = Array.from({ length: rows }, (_, user) => sum(user * columns, 1, columns));
  const ofItem = Array.from({ length: columns }, (_, item) => sum(item, columns, rows));
  const seeds = Array.from(all.labels, (label) => +(label === 1));
  let users = seeds;
  for (let i = 0; i < 50; i++) {
    const items = ofItem.map((total, item) =>
      total === 0
        ? 0
        : users.reduce((s, p, user) => s + (dense[user * columns + item] * p) / total, 0),
    );
    users = ofUser.map((total, user) => {
      const walked = items.reduce(
        (s, p, item) => s + (dense[user * columns + item] * p) / total,
        0,
      );
      return 0.15 * seeds[user] + 0.85 * walked;
    });
  }
  expectNear(scores, users.slice(0, here.clicks.rows), 1e-12);
});

test('the shifted mutual information of users is that of its formula', async () => {
  const draw = random(8);
  const lengths = Array.from({ length: 40 }, () => 10 + draw.integer(12));
  const clicks = fromPairs(
    lengths.flatMap((length, user) =>
      draw.sample(30, length).map((item): [number, number] => [user, item]),
    ),
    40,
    30,
  );
  const users = Array.from({ length: clicks.rows }, (_, user) => new Set(rowOf(clicks, user)));
  const shared = users.map((a, u) =>
    users.map((b, v) => {
      const count = [...a].filter((item) => b.has(item)).length;
      return u !== v && count > 4 ? count : 0;
    }),
  );
  const totals = shared.map((row) => row.reduce((a, b) => a + b, 0));
  const all = totals.reduce((a, b) => a + b, 0);
  const information = shared.map((row, u) =>
    row.map((count, v) => (count > 0 ? Math.log2((count * all) / (totals[u] * totals[v])) : null)),
  );
  const known = information.flat().filter((x) => x !== null);
  assert.ok(known.length > 20, `${known.length} pairs`);
  const shift = Math.min(8, [...known].sort((a, b) => a - b)[Math.floor(0.9 * known.length)]);
  const most = Math.max(...known) - shift;
  const { userOf, contextOf, values } = await sppmi(clicks);
  assert.is(values.length, known.filter((x) => x > shift).length);
  assert.ok(values.length > 0);
  values.forEach((value, pair) => {
    const expected = ((information[userOf[pair]][contextOf[pair]] ?? Number.NaN) - shift) / most;
    assert.ok(Math.abs(value - expected) < 1e-12, `${value}, not ${expected}`);
  });
});

test('the influence of a user is the difference that scaled clicks make after retraining', async () => {
  const targets = [0, 5];
  const scores = await detector('influence').scores(here.clicks, { seed: 4, targets, device });
  const problem = influenceProblem(here.clicks, targets, 4);
  const valueAt = async (user: number, scale: number) => {
    const scales = new Float64Array(70).fill(1);
    scales[user] = scale;
    const inputs = { scale: tensor(scales, [70, 1]) };
    const { value } = await hypergradient({ ...problem, inputs }, { method: partial(), device });
    return value;
  };
  for (const user of [0, 33, 65]) {
    const h = 1e-4;
    const difference = ((await valueAt(user, 1 + h)) - (await valueAt(user, 1 - h))) / (2 * h);
    // Truncation of h² times a third derivative of some hundred; roundings of 1e-15 over h.
    const within = 1e-5 * Math.max(Math.abs(difference), 1e-2);
    assert.ok(Math.abs(-scores[user] - difference) < within, `${-scores[user]}, not ${difference}`);
  }
  const genuine = scores.subarray(0, 60);
  const fake = scores.subarray(60);
  assert.ok(mean(fake) > mean(genuine), `${mean(fake)}, genuine ${mean(genuine)}`);
});

const mean = (numbers: Float64Array) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

test('of no users, of one, and of users who differ in nothing, every score is a definite number', async () => {
  const all = (rows: number, columns: number) =>
    fromPairs(
      Array.from({ length: rows * columns }, (_, i): [number, number] => [
        Math.floor(i / columns),
        i % columns,
      ]),
      rows,
      columns,
    );
  for (const clicks of [fromPairs([], 0, 31), all(1, 31), fromPairs([], 5, 31), all(4, 31)]) {
    for (const { name, scores } of detectors) {
      const seeds = [1, 2].map((seed) =>
        scores({ ...clicks }, { seed, examples: [elsewhere], targets: [0], device }),
      );
      const [found, other] = await Promise.all(seeds);
      assert.is(found.length, clicks.rows, name);
      assert.ok(found.every(Number.isFinite), name);
      // What no clicks tell apart no seed does: eigenvectors of the eigenvalue 0 are noise.
      if (name === 'pca-var-select') assert.equal([...found], [...other]);
    }
    for (const { name, values } of features) {
      const found = await values(clicks);
      assert.is(found.length, clicks.rows, name);
      assert.ok(found.every(Number.isFinite), name);
    }
  }
});

test('detectors work on users without clicks and on one item that all click', async () => {
  const odd: SparseMatrix = stackRows(
    here.clicks,
    fromPairs(
      Array.from({ length: 3 }, (_, i): [number, number] => [i, 4]),
      4,
      31,
    ),
  );
  for (const { name, scores } of detectors) {
    const found = await scores(odd, { seed: 1, examples: [elsewhere], targets: [0], device });
    assert.ok(found.every(Number.isFinite), name);
  }
});

/** Runs work under a clock by which every look at it is 0.1 s later: each turn is due. */
async function onFastClock<T>(work: () => Promise<T>): Promise<T> {
  const { now } = performance;
  let time = now.call(performance);
  performance.now = () => {
    time += 100;
    return time;
  };
  try {
    return await work();
  } finally {
    performance.now = now;
  }
}

test('every detector and feature but those that only count hears a signal within its work', async () => {
  const counting = ['MUD', 'RUD', 'QUD', 'length', 'NLL'];
  counting.push('mean inverse popularity', 'mean log popularity');
  const works = [
    ...detectors.map(({ name, scores }) => ({
      name,
      isShort: name === 'popularity-likelihood',
      run: (clicks: SparseMatrix, signal: AbortSignal) =>
        scores(clicks, { seed: 3, examples: [elsewhere], targets: [0], device, signal }),
    })),
    ...features.map(({ name, values }) => ({
      name,
      isShort: counting.includes(name),
      run: async (clicks: SparseMatrix, signal: AbortSignal) => values(clicks, signal),
    })),
  ];
  for (const { name, isShort, run } of works) {
    const controller = new AbortController();
    const reason = new Error('stopped');
    // Heard only if the event loop gets a turn: what detectors remember of clicks is not asked.
    const timer = setTimeout(() => controller.abort(reason), 0);
    const ended = await onFastClock(() =>
      run({ ...here.clicks }, controller.signal).then(
        () => 'done',
        (error: unknown) => error,
      ),
    );
    clearTimeout(timer);
    assert.is(ended, isShort ? 'done' : reason, name);
  }
});

test.run();
