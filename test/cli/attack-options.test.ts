/** @file Options of `attack`: seeds, published settings, what the report says of them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readDataFolder, readNpz, rowOf } from '../../src/data/index.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { hypertape, jsonOf } from './command.ts';

const root = temporaryFolder();
const data = join(root, 'data');
const small = ['--factors', '4', '--epochs', '6', '--k', '5', '--device', 'reference', '--json'];
const attack = (out: string, ...more: string[]) => {
  const where = ['--data', data, '--out', join(root, out)];
  const outcome = hypertape('attack', ...where, '--fakes', '4', ...small, ...more);
  return { ...outcome, folder: join(root, out) };
};
const done = (outcome: ReturnType<typeof attack>) => {
  assert.is(outcome.status, 0, outcome.stderr);
  return outcome;
};
const json = (folder: string, name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const history = (folder: string) =>
  readFileSync(join(folder, 'history.jsonl'), 'utf8').replace(/,"seconds":[^,}]*/g, '');

test('the data are made', () => {
  const size = ['--users', '60', '--items', '40', '--fakes', '6', '--quiet'];
  assert.is(hypertape('data', 'synthetic', '--out', data, ...size).status, 0);
});

test('new seeds in each iteration go on after a shorter run to the same bits, and are recorded', () => {
  const how = ['--targets', '3,5', '--surrogate-seeds', 'new', '--method', 'exact'];
  const whole = done(attack('new', ...how, '--iterations', '4')).folder;
  const cut = done(attack('cut', ...how, '--iterations', '2')).folder;
  done(attack('cut', ...how, '--iterations', '4'));
  assert.is(history(cut), history(whole));
  for (const name of ['fakes.npz', 'fakes.json']) {
    assert.equal(readFileSync(join(cut, name)), readFileSync(join(whole, name)));
  }
  const { seeds } = json(whole, 'fakes.json');
  const { best } = jsonOf(attack('new', ...how, '--iterations', '4'));
  // Seed 1, the held-out seed 2, and one more for each update.
  assert.equal(seeds, [1, 2, ...Array.from({ length: best.iteration }, (_, i) => 3 + i)]);
  const one = done(
    attack('one', '--targets', '3,5', '--method', 'exact', '--iterations', '4'),
  ).folder;
  const [first, second] = [history(one), history(whole)].map((text) => text.split('\n'));
  assert.is(first[0], second[0]);
  assert.is.not(first[1], second[1]);
});

test('the fake users of several surrogates are fitted to the seeds of all', () => {
  const how = ['--targets', '3,5', '--surrogate-seeds', '2', '--held-out-seeds', '2'];
  const { folder, stderr } = done(attack('two', ...how, '--iterations', '1'));
  assert.equal(json(folder, 'fakes.json').seeds, [1, 2, 3, 4]);
  assert.match(stderr, /targetHitRate [\d.]+ \(held out [\d.]+\)/);
  const refused = attack('none', '--targets', '3,5', '--surrogate-seeds', '0');
  assert.is(refused.status, 2);
  assert.match(refused.stderr, /surrogate seeds: expected a number from 1/);
});

test('how far back the gradient reaches is told where that is cheap, and where it is asked for', () => {
  const how = ['--targets', '3,5', '--iterations', '1'];
  const told = (out: string, ...more: string[]) => {
    const { folder, stderr } = done(attack(out, ...how, ...more));
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    const sentence = /the last 2 of 6 epochs see [-\d.]+ % of the exact gradient/;
    assert.is(sentence.test(stderr), sentence.test(page));
    assert.is(sentence.test(page), /How far back its gradient reaches/.test(page));
    return sentence.test(page);
  };
  assert.is(told('exact', '--method', 'exact'), true);
  assert.is(told('cut-off', '--method', 'truncated:2'), true);
  assert.is(told('direct', '--method', 'partial'), false);
  assert.is(told('asked', '--method', 'partial', '--attribution'), true);
  assert.is(told('not-asked', '--method', 'exact', '--no-attribution'), false);
});

test('--preset paper sets what is not given as published, and says what is not so', async () => {
  const preset = ['--preset', 'paper', '--iterations', '1', '--targets', 'tail:2'];
  const als = ['--surrogate', 'wrmf-als', '--copy-limit', '9', '--outer-rate', '2'];
  const where = ['--data', data, '--out', join(root, 'paper'), '--fakes', '4'];
  const outcome = hypertape(
    ...['attack', ...where, ...preset, ...als, '--factors', '4', '--device', 'reference', '--json'],
  );
  assert.is(outcome.status, 0, outcome.stderr);
  const folder = join(root, 'paper');
  const run = json(folder, 'run.json');
  assert.equal(
    [run.projection, run.clickTargets, run.method, run.start, run.clicks, run.outerRate, run.k],
    ['threshold:0.1', true, 'partial()', 'first', 'free', 2, 50],
  );
  const page = readFileSync(join(folder, 'report.html'), 'utf8');
  const items = [...page.matchAll(/<li>(.*?)<\/li>/g)].map(([, item]) => item);
  assert.equal(items, [
    'WRMF+ALS: iterations is 1, published 30',
    'WRMF+ALS: outerRate is 2, published 1',
    'WRMF+ALS: copyLimit is 9, published 100',
    'wrmf-als: factors is 4, published 128',
    'budget: fakes is 4, published 1%',
    'targets: tail:2, published 5 items of a stratum',
    'the best fake users are those of a held-out seed, published those of the surrogate',
  ]);
  // The first users start the attack: those of iteration 0 are they, with the targets.
  const { train } = await readDataFolder(data);
  const users = Array.from({ length: train.rows }, (_, user) => rowOf(train, user));
  const starts = users.filter(({ length }) => length >= 1 && length <= 9).slice(0, 4);
  const { targets } = jsonOf(outcome);
  const clicks = starts.map((row) => new Set([...row, ...targets]).size);
  const [{ clicks: before }] = history(folder)
    .split('\n')
    .slice(0, 1)
    .map((line) => JSON.parse(line));
  assert.is(
    before,
    clicks.reduce((a, b) => a + b, 0),
  );
  assert.is((await readNpz(join(folder, 'fakes.npz'))).rows, 4);
});

test.run();
