/** @file Kinds of cells at a tiny size: what they give, what they refuse, and their versions. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  digestOf,
  fromPairs,
  readDataFolder,
  readNpz,
  rowOf,
  stackRows,
  synthetic,
  writeDataFolder,
} from '../../../src/data/index.ts';
import { detectorNames, mud, profileLength } from '../../../src/defence/index.ts';
import type { AttackConfig, LearnedPlan } from '../../../src/eval/experiments/cells/attack.ts';
import { attackCell } from '../../../src/eval/experiments/cells/attack.ts';
import { type DetectorConfig, detectorCell } from '../../../src/eval/experiments/cells/detector.ts';
import { featuresCell } from '../../../src/eval/experiments/cells/features.ts';
import { gradientCell, gradientError } from '../../../src/eval/experiments/cells/gradient.ts';
import { latentCell } from '../../../src/eval/experiments/cells/latent.ts';
import { popularityCell } from '../../../src/eval/experiments/cells/popularity.ts';
import { syntheticCell } from '../../../src/eval/experiments/cells/synthetic.ts';
import { tiesOf, victimCell } from '../../../src/eval/experiments/cells/victim.ts';
import { attacksPublished, readAttackState, rocAuc, studyDigest } from '../../../src/eval/index.ts';
import {
  type CellContext,
  type CellInput,
  type CellKind,
  digestOfJson,
} from '../../../src/grid/index.ts';
import { modelKind, wrmfSgdKind } from '../../../src/models/index.ts';

const root = mkdtempSync(join(tmpdir(), 'hypertape-cells-'));
process.once('exit', () => rmSync(root, { recursive: true, force: true }));

const { data } = synthetic({ users: 40, fakes: 4, items: 30, seed: 1 });
const folder = join(root, 'data');
await writeDataFolder(folder, data, {});
const digest = studyDigest(data);

interface RunOptions {
  readonly inputs?: Record<string, CellInput>;
  readonly threads?: number;
  /** The folder of the data. */
  readonly from?: string;
  /** The folder of the cell itself; one of its own unless it goes on. */
  readonly at?: string;
}

/** Runs a cell as the grid does, in a folder of its own. */
async function run<Config extends object, Result>(
  kind: CellKind<Config, Result>,
  config: Config,
  {
    inputs = {},
    threads = 1,
    from = folder,
    at = mkdtempSync(join(root, 'cell-')),
  }: RunOptions = {},
) {
  const context: CellContext = {
    threads,
    data: () => from,
    file: (name) => join(at, name),
    state: (name) => join(at, name),
    spent: () => {},
  };
  const result = await kind.run(config, inputs, context);
  const input: CellInput = { result, file: (name) => join(at, name) };
  return { result, input };
}

const settings = { ...wrmfSgdKind.synthetic, epochs: 6, factors: 3 };

const syntheticConfig = {
  users: 40,
  fakes: 4,
  items: 30,
  surrogate: 'wrmf-sgd',
  settings,
  unrolled: 'all' as const,
  iterations: 2,
  learningRate: 1,
  momentum: 0.99,
  seed: 3,
  precision: 'f32' as const,
};

const plan: LearnedPlan = {
  attack: 'learned',
  surrogate: 'wrmf-sgd',
  settings,
  unrolled: { epochs: 2 },
  iterations: 2,
  learningRate: 1,
  momentum: 0.95,
  projection: { kind: 'threshold', rho: 0.05 },
  normalizeRows: true,
  clickTargets: true,
  copies: { which: 'first', mostClicks: 4 },
  precision: 'f32',
};

const attackConfig: AttackConfig = {
  data: digest,
  stratum: 'head',
  targets: [2, 5],
  count: 3,
  k: 5,
  seed: 4,
  plan,
};

const victimConfig = {
  data: digest,
  model: 'wrmf-sgd',
  settings,
  seed: 5,
  k: 5,
  targets: { head: [2, 5], tail: [7] },
  precision: 'f32' as const,
};

test('an attack on synthetic data gives the same on one thread and on two', async () => {
  const one = await run(syntheticCell, syntheticConfig);
  const two = await run(syntheticCell, syntheticConfig, { threads: 2 });
  assert.equal(one.result, two.result);
  assert.is(one.result.history.length, 3);
  assert.is(one.result.steps, 6);
  const fakes = await readNpz(one.input.file('fakes.npz'));
  const { best, history } = one.result;
  assert.is(fakes.indices.length, history[best.iteration].clicks);
  assert.is(best.quality, history[best.iteration].figures.targetHitRate);
});

test('random filler clicks the targets and so many other items', async () => {
  const config: AttackConfig = { ...attackConfig, plan: { attack: 'random-filler', fillers: 4 } };
  const { result, input } = await run(attackCell, config);
  const fakes = await readNpz(input.file('fakes.npz'));
  assert.equal([fakes.rows, fakes.indices.length, result.clicks], [3, 18, 18]);
  for (let fake = 0; fake < 3; fake++) {
    assert.ok([2, 5].every((item) => rowOf(fakes, fake).includes(item)));
  }
  assert.is(result.targetClicks, 6);
});

test('a learned attack starts from the first users of few clicks, and clicks its targets', async () => {
  const { result, input } = await run(attackCell, attackConfig);
  const first = Array.from({ length: data.train.rows }, (_, user) => rowOf(data.train, user))
    .filter(({ length }) => length <= 4)
    .slice(0, 3);
  const withTargets = first.map((clicks) => new Set([...clicks, 2, 5]).size);
  assert.is(
    result.history[0].clicks,
    withTargets.reduce((a, b) => a + b),
  );
  assert.is(result.targetClicks, 6);
  assert.is(result.history.length, 3);
  assert.is((await readNpz(input.file('fakes.npz'))).rows, 3);
  const few = { ...plan, copies: { which: 'first', mostClicks: 0 } as const };
  let message = '';
  await run(attackCell, { ...attackConfig, plan: few }).catch((error) => {
    message = error.message;
  });
  assert.is(message, 'no real user has 1 to 0 clicks to copy: raise the limit');
});

test('a learned attack that was ended goes on from its state to the same result', async () => {
  const longer = { ...attackConfig, plan: { ...plan, iterations: 5 } };
  const whole = await run(attackCell, longer);
  const at = mkdtempSync(join(root, 'cell-'));
  // What a run of five iterations keeps after its second one.
  await run(attackCell, attackConfig, { at });
  rmSync(join(at, 'fakes.npz'));
  const read = () =>
    readAttackState(join(at, 'state.npz'), 3, data.train.columns, (reason) => {
      throw new Error(reason);
    });
  const before = await read();
  assert.is(before?.iteration, 2);
  const rest = await run(attackCell, longer, { at });
  assert.equal(rest.result, whole.result);
  const bytes = ({ input }: typeof rest) => readFileSync(input.file('fakes.npz'));
  assert.equal(bytes(rest), bytes(whole));
  assert.equal((await read())?.history.slice(0, 2), before?.history.slice(0, 2));
  // A state of other fake users is refused by name.
  let message = '';
  await run(attackCell, { ...longer, count: 2 }, { at }).catch((error) => {
    message = error.message;
  });
  assert.match(
    message,
    /state\.npz: not the state of this attack \(fakes has \d+ numbers, not \d+\): delete it/,
  );
  // One that is no archive, too.
  writeFileSync(join(at, 'state.npz'), 'PK');
  await run(attackCell, longer, { at }).catch((error) => {
    message = error.message;
  });
  assert.match(message, /state\.npz: not the state of this attack \(.*npz.*\): delete it/);
});

test('a victim trains on the fake users of its attack', async () => {
  const clean = await run(victimCell, victimConfig);
  // All fake users click the targets alone, so that a victim that sees them must change.
  const attack = await run(attackCell, {
    ...attackConfig,
    plan: { attack: 'random-filler', fillers: 0 },
  });
  const attacked = await run(victimCell, victimConfig, { inputs: { attack: attack.input } });
  assert.equal(Object.keys(clean.result.targets), ['head', 'tail']);
  assert.is(clean.result.users, attacked.result.users);
  assert.ok(clean.result.meanRank !== attacked.result.meanRank);
  assert.ok(attacked.result.targets.head.meanRank < clean.result.targets.head.meanRank);
  // JSON has neither NaN nor infinity: a result with one is refused by the grid.
  digestOfJson(attacked.result);
});

test('other data than those of the configuration are refused', async () => {
  let message = '';
  await run(victimCell, { ...victimConfig, data: 'ff' }).catch((error) => {
    message = error.message;
  });
  assert.is(message, `${folder}: expected the data with the digest ff, got ${digest}`);
});

test('the error of a gradient is that of plain vectors', () => {
  // Rows (3, 4) and (0, 1) for (3, 0) and (0, 2): cosines 3/5 and 1.
  const error = gradientError(2, [3, 0, 0, 2], [3, 4, 0, 1], 2);
  assert.is(error.epochs, 2);
  assert.ok(Math.abs(error.cosine - 11 / Math.sqrt(13 * 26)) < 1e-15);
  assert.ok(Math.abs(error.normRatio - Math.sqrt(13 / 26)) < 1e-15);
  assert.ok(Math.abs(error.relativeError - Math.sqrt(17 / 26)) < 1e-15);
  assert.ok(Math.abs(error.rowCosine - 0.8) < 1e-15);
});

test('a gradient of all epochs is the exact one, and one of none is not', async () => {
  const { unrolled: _, ...rest } = plan;
  const { k: __, plan: ___, ...ground } = attackConfig;
  const config = { ...ground, plan: rest, epochs: [1, 6] };
  const { result } = await run(gradientCell, config);
  const [short, whole] = result.errors;
  assert.equal(
    [whole.cosine, whole.relativeError].map((x) => Math.round(1e6 * x)),
    [1e6, 0],
  );
  assert.ok(short.relativeError > 1e-3, `${short.relativeError}`);
});

test('latent space has the drawn users and all fake ones; densities have an area of 1', async () => {
  const attack = await run(attackCell, attackConfig);
  const { result: plane } = await run(
    latentCell,
    { data: digest, model: 'wrmf-sgd', settings, seed: 1, sample: 10, precision: 'f32' },
    { inputs: { attack: attack.input } },
  );
  assert.is(plane.points.filter(({ fake }) => fake).length, 3);
  assert.is(plane.points.length, 13);
  const { result } = await run(
    popularityCell,
    { data: digest, sample: 20, seed: 1, points: 200 },
    { inputs: { learned: attack.input } },
  );
  const groups = [...new Set(result.densities.map(({ group }) => group))];
  assert.equal(groups, ['Normal', 'learned']);
});

test('a detector is judged on attacks that it has not seen, and on those that it has', async () => {
  const attack = await run(attackCell, attackConfig);
  const config: DetectorConfig = {
    data: digest,
    detector: 'degree-sad',
    attacks: { learned: { method: 'wrmf-sgd', targets: [2, 5] } },
    heuristics: ['random-filler', 'copy'],
    heuristicTargets: [7],
    count: 4,
    seed: 1,
    resamples: 20,
    precision: 'f32',
  };
  const options = { inputs: { learned: attack.input } };
  const { result } = await run(detectorCell, config, options);
  assert.equal(
    result.rows.map((row) => row.attack),
    ['learned', 'random-filler', 'copy'],
  );
  for (const { baseRate, rocAuc: area, leaky } of result.rows) {
    assert.ok(baseRate > 0 && area.low <= area.value && area.value <= area.high);
    // The sign that fits the labels better is never below one half.
    assert.ok(leaky && leaky.rocAuc.value >= 0.5);
  }
  digestOfJson(result);
  for (const name of detectorNames) {
    const found = await run(detectorCell, { ...config, detector: name }, options);
    digestOfJson(found.result);
  }
});

test('features of attacks in a folder have the areas of their formulas', async () => {
  const from = join(root, 'published');
  mkdirSync(from);
  const ids = Array.from({ length: data.train.rows }, (_, user) =>
    Array.from(rowOf(data.train, user), (item) => `${user},${item}\n`),
  );
  writeFileSync(join(from, 'train.csv'), `uid,sid\n${ids.flat().join('')}`);
  const path = join(from, 'some_1.json');
  const json = (profiles: string[][]) =>
    JSON.stringify({ fake_users: { a: profiles[0], b: profiles[1] }, target_items: ['2'] });
  writeFileSync(path, json([['1', '2', '3'], ['4']]));
  const published = await attacksPublished(from);
  assert.equal(
    published.files.map(({ file }) => file),
    ['some_1.json'],
  );
  const [{ file, fakes }] = published.files;
  const pairs = [1, 2, 3].map((item): [number, number] => [0, item]);
  const genuine = (await readDataFolder(from, { testMayLack: true })).train;
  const matrix = fromPairs([...pairs, [1, 4]], 2, genuine.columns);
  assert.is(fakes, digestOf(matrix));
  const config = { data: published.data, file, fakes, features: ['MUD', 'length'] };
  const { result } = await run(featuresCell, config, { from });
  const clicks = stackRows(genuine, matrix);
  const fake = new Uint8Array(clicks.rows).fill(1, genuine.rows);
  assert.equal(result, {
    users: 2,
    rocAuc: {
      MUD: rocAuc({ scores: mud.values(clicks), fake }),
      length: rocAuc({ scores: profileLength.values(clicks), fake }),
    },
  });
  writeFileSync(path, json([['1', '2'], ['4']]));
  let message = '';
  await run(featuresCell, config, { from }).catch((error) => {
    message = error.message;
  });
  assert.match(message, /some_1\.json: expected clicks with the digest .*: it was changed/);
});

/**
 * A configuration must give the same result for as long as its kind has the same version: stores
 * hold results of earlier days. Where one of these changes on purpose, raise the version of the kind.
 */
const versions: readonly [string, CellKind<never, unknown>, object, string][] = [
  ['synthetic', syntheticCell, syntheticConfig, 'fda85f0eba576f92'],
  ['attack', attackCell, attackConfig, 'a4db755f46da2de9'],
  ['victim', victimCell, victimConfig, 'e0a798607fadefa4'],
  ['victim item-cf', victimCell, victimOf('item-cf'), '19452215b9040efd'],
  ['victim cml', victimCell, victimOf('cml'), '6c28f364c43a151d'],
];

function victimOf(model: string) {
  const { synthetic: small } = modelKind(model);
  const quick = 'epochs' in small ? { ...small, epochs: 2 } : small;
  return { ...victimConfig, model, settings: quick, ...tiesOf(model) };
}

for (const [name, kind, config, pinned] of versions) {
  test(`version ${kind.version} of ${name} gives what it gave`, async () => {
    const { result } = await run(kind as CellKind, config);
    assert.is(digestOfJson(result).slice(0, 16), pinned);
  });
}

test.run();
