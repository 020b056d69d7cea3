import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { detectorNames, featureNames } from '../../src/defence/index.ts';
import { hypertape, jsonOf } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypertape-detect-'));
const data = join(folder, 'data');
const made = hypertape(
  ...['data', 'synthetic', '--out', data, '--users', '120', '--items', '60', '--fakes', '6'],
);
assert.is(made.status, 0, made.stderr);

/** An attack file in VAT's format whose fakes click the target, item 3, and some others. */
function vatFile(name: string, others: (fake: number) => number[]): string {
  const fakes = Array.from({ length: 6 }, (_, fake): [string, string[]] => [
    `f${fake}`,
    [3, ...others(fake)].map(String),
  ]);
  const path = join(folder, `${name}.json`);
  const attack = { target_items: ['3'], fake_users: Object.fromEntries(fakes) };
  writeFileSync(path, JSON.stringify(attack));
  return path;
}

const spread = vatFile('spread_1', (fake) => [10, 20, 30, 40].map((item) => item + fake));
const narrow = vatFile('narrow_1', (fake) => [4, 5, 6, 7 + fake]);

test('all detectors judge two attacks, and their scores are written', () => {
  const out = join(folder, 'out');
  const run = hypertape(
    ...['detect', '--data', data, '--fakes', spread, narrow, '--out', out, '--json', '--labels'],
    ...['--device', 'reference', '--resamples', '20'],
  );
  assert.is(run.status, 0, run.stderr);
  const { results, attacks, features, skipped } = jsonOf(run);
  assert.equal(
    attacks.map(({ name, method, users, targets }: Record<string, unknown>) => ({
      name,
      method,
      users,
      targets,
    })),
    [
      { name: 'spread_1', method: 'spread', users: 6, targets: [3] },
      { name: 'narrow_1', method: 'narrow', users: 6, targets: [3] },
    ],
  );
  assert.is(results.length, 2 * detectorNames.length);
  assert.is(features.length, 2 * featureNames.length);
  assert.equal(skipped, []);
  const [header, ...lines] = readFileSync(join(out, 'scores.csv'), 'utf8').trimEnd().split('\n');
  assert.equal(header.split(','), [
    ...['attack', 'user', 'fake', 'judged'],
    ...featureNames,
    ...detectorNames,
  ]);
  assert.is(lines.length, 2 * 126);
  assert.ok(lines[125].startsWith('spread_1,f5,1,1,'));
  const values = lines.flatMap((line) => line.split(',').slice(4));
  assert.ok(values.every((value) => value !== '' && Number.isFinite(Number(value))));
  const report = readFileSync(join(out, 'report.html'), 'utf8');
  assert.not.match(report, /<script|NaN|Infinity|undefined/);
  for (const { rocAuc, averagePrecision, precision, detection } of results) {
    for (const { low, value, high } of [rocAuc, averagePrecision, precision, detection]) {
      // JSON has null for NaN.
      assert.ok([low, value, high].every((x) => typeof x === 'number' && x >= 0 && x <= 1));
    }
  }
  for (const name of [...detectorNames, ...featureNames, 'spread_1', 'narrow_1']) {
    assert.ok(report.includes(name), name);
  }
  // Item 3 and three more that all fakes share: nearly duplicates.
  const duplicates = results.find(
    ({ detector, attack }: Record<string, unknown>) =>
      detector === 'duplicates' && attack === 'narrow_1',
  );
  assert.ok(duplicates.rocAuc.value > 0.9, `${duplicates.rocAuc.value}`);
});

test('with one attack, detectors that learn are left out, or refused if asked for', () => {
  const all = ['detect', '--data', data, '--fakes', spread, '--out', join(folder, 'one')];
  const named = hypertape(...all, '--detectors', 'degree-sad');
  assert.is(named.status, 2);
  assert.match(named.stderr, /degree-sad learns from labels of another attack/);
  const run = hypertape(...all, '--detectors', 'duplicates,pca-var-select', '--resamples', '20');
  assert.is(run.status, 0, run.stderr);
  assert.match(run.stdout, /ROC-AUC/);
});

test('attacks are told apart by names of their own', () => {
  const [own, folderOf] = [join(folder, 'own'), join(folder, 'copied')];
  for (const out of [own, folderOf]) {
    const attack = ['attack', '--data', data, '--attack', 'copy', '--targets', '3', '--fakes', '4'];
    const run = hypertape(...attack, '--out', out, '--quiet');
    assert.is(run.status, 0, run.stderr);
  }
  // The method of fakes.npz is the name of this file.
  const copy = join(folder, 'copy.npz');
  copyFileSync(join(own, 'fakes.npz'), copy);
  const paths = [copy, join(own, 'fakes.npz'), spread];
  const run = hypertape(
    ...['detect', '--data', data, '--fakes', ...paths, '--out', join(folder, 'names'), '--json'],
    ...['--detectors', 'lof', '--resamples', '10', '--device', 'reference'],
  );
  assert.is(run.status, 0, run.stderr);
  const names = jsonOf(run).attacks.map(({ name }: { name: string }) => name);
  assert.is(new Set(names).size, 3, `${names}`);
  const lines = readFileSync(join(folder, 'names', 'scores.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  assert.equal(
    [...new Set(lines.map((line) => line.split(',').length))],
    [4 + featureNames.length + 1],
  );
});

test('real users are no fake ones', () => {
  const poisoned = join(folder, 'poisoned.csv');
  writeFileSync(poisoned, 'uid,sid\n7,1\nfake-0,1\n');
  const { status, stderr } = hypertape('detect', '--data', data, '--fakes', poisoned);
  assert.is(status, 2);
  assert.match(stderr, /poisoned\.csv: "7" is a user of the data, not a fake one/);
});

test('wrong usage is refused by name', () => {
  const refused = (...words: string[]) => {
    const { status, stderr } = hypertape('detect', '--data', data, ...words);
    assert.is(status, 2, stderr);
    return stderr;
  };
  assert.match(refused('--fakes', spread, '--detectors', 'nobody'), /detector nobody is not known/);
  assert.match(refused('--fakes', spread, spread), /comes twice/);
  assert.match(
    refused('--fakes', spread, '--targets', 'head:1'),
    /names other target items: leave --targets out/,
  );
  assert.match(refused('--fakes', join(folder, 'none.json')), /none\.json/);
});

test.run();
