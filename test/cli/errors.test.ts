/** @file Bad input and wrong usage: one clear error, exit status 2, nothing half-written. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fromPairs, writeNpz } from '../../src/data/index.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { hypertape } from './command.ts';

const root = temporaryFolder();
const data = join(root, 'data');
const made = hypertape('data', 'synthetic', '--out', data, '--users', '40', '--items', '30');

function refused(args: string[], expected: RegExp): void {
  const { status, stdout, stderr } = hypertape(...args);
  assert.is(status, 2, `${args.join(' ')}: ${stdout}${stderr}`);
  assert.match(stderr, expected);
  assert.is(stdout, '');
  assert.not.match(stderr, /\n\s+at /);
}

const attack = ['attack', '--data', data, '--out', join(root, 'run')];

test('the data folder to spoil was made', () => assert.is(made.status, 0));

test('wrong usage', () => {
  refused(['train', '--data', data], /missing required argument 'model'/);
  refused(['train', 'wrmf-sgd'], /required option '--data/);
  refused(['fly'], /unknown command 'fly'/);
  refused(['train', 'wrmf-sgd', '--data', data, '--epoch', '3'], /unknown option '--epoch'/);
  refused(['train', 'wrmf-sgd', '--data', data, '--epochs', '0'], /Expected a whole number from 1/);
  refused(
    ['train', 'wrmf-sgd', '--data', data, '--activation', 'selu'],
    /--activation is no setting of wrmf-sgd/,
  );
  refused(
    ['train', 'svd', '--data', data],
    /model svd is not known; there are wrmf-sgd, .*item-cf/,
  );
});

test('stopping early where it has no meaning', () => {
  refused(
    ['train', 'item-cf', '--data', data, '--patience', '3'],
    /item-cf is not trained in epochs: leave --patience out/,
  );
  refused(['train', 'wrmf-sgd', '--data', data, '--every', '2'], /--every goes with --patience/);
  const patience = ['train', 'wrmf-sgd', '--data', data, '--patience', '3'];
  refused([...patience, '--validation', '1'], /Expected a share from 0 up to but below 1/);
  refused([...patience, '--validation', '0.001'], /holds out no click.*raise --validation/);
});

test('models and users to recommend to that are not there', () => {
  const recommend = ['recommend', '--data', data, '--model', join(root, 'none.npz')];
  refused(recommend, /cannot read .*none\.npz: there is no such file/);
  refused([...recommend, '--users', '1,40'], /there is no user 40 in .*, which has users 0 to 39/);
  refused([...recommend, '--users', 'all'], /Expected whole numbers such as 0,1,2/);
  const fakes = ['recommend', '--data', data, '--model', join(data, 'fakes.npz')];
  refused(fakes, /fakes\.npz: there is no member meta, expected a model as train --out writes it/);
});

test('a device that is not there names those that are', () => {
  const device = ['--device', 'gpujs:abacus'];
  refused(
    ['train', 'wrmf-sgd', '--data', data, ...device],
    /gpujs:abacus is not available.*gpujs:cpu/,
  );
});

test('data that is missing or malformed', () => {
  refused(['train', 'wrmf-sgd', '--data', join(root, 'no')], /there is no train\.csv/);
  const broken = join(root, 'broken');
  mkdirSync(broken);
  writeFileSync(join(broken, 'train.csv'), 'uid,sid\n0,1\n0;2\n');
  writeFileSync(join(broken, 'test.csv'), 'uid,sid\n0,0\n');
  refused(
    ['train', 'wrmf-sgd', '--data', broken],
    /train\.csv line 3: expected uid, sid, got "0;2"/,
  );
  writeFileSync(join(broken, 'train.csv'), 'uid,sid\n1,1\n');
  refused(['train', 'wrmf-sgd', '--data', broken], /user 0 has no clicks/);
  const out = join(root, 'prepared');
  const prepare = ['data', 'prepare', join(root, 'none.tsv'), '--format', 'gowalla', '--out', out];
  refused(prepare, /cannot read .*none\.tsv: there is no such file/);
  const whole = join(broken, 'test.csv');
  const nothing = ['data', 'prepare', whole, '--format', 'csv', '--out', out];
  refused([...nothing, '--min-interactions', '1'], /leaves nothing to test with/);
  assert.not.ok(existsSync(out));
});

test('targets, budgets, methods and projections that do not fit', () => {
  refused([...attack, '--targets', '30'], /item 30 is outside the catalogue of 30 items/);
  refused([...attack, '--targets', 'neck:5'], /no stratum neck/);
  refused([...attack, '--targets', '3', '--fakes', '0'], /fake users: expected a count/);
  refused([...attack, '--targets', '3', '--fakes', '1%'], /at least one/);
  refused(
    [...attack, '--targets', '3', '--fakes', '2', '--method', 'magic'],
    /method: expected exact/,
  );
  for (const words of ['0', '1.5', '0GB', '2TB', 'all']) {
    const checkpoints = ['--fakes', '2', '--checkpoints', words];
    refused([...attack, ...checkpoints], /number of states from 1, or a size such as 1GB/);
  }
  const tight = ['--fakes', '2', '--targets', '3', '--checkpoints', '1KB'];
  refused(['attack', '--data', data, '--out', join(root, 'tight'), ...tight], /one state takes/);
  const projection = ['--fakes', '2', '--projection', 'top:3'];
  refused([...attack, '--targets', '3', ...projection], /projection: expected threshold/);
  assert.not.ok(existsSync(join(root, 'run')));
});

test('a folder that cannot be written', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  const out = ['--out', join(file, 'run'), '--attack', 'random-filler'];
  refused(
    ['attack', '--data', data, '--targets', '3', '--fakes', '2', ...out],
    /cannot make the folder/,
  );
  refused(['data', 'synthetic', '--out', file], /a file of that name is in the way/);
});

test('fake users over other items', async () => {
  const fakes = join(root, 'other.npz');
  await writeNpz(fakes, fromPairs([[0, 5]], 2, 31));
  const evaluate = ['evaluate', '--data', data, '--fakes', fakes, '--targets', '3'];
  refused(evaluate, /31 items do not fit the 30 items/);
});

test('fixtures that are missing, malformed, of another format, or of a wrong shape', () => {
  refused(['verify', join(root, 'none.json')], /cannot read .*none\.json: there is no such file/);
  const path = join(root, 'fixture.json');
  writeFileSync(path, '{"format": 2, "surrogate": "wrmf-sgd", "name": 3}');
  refused(['verify', path], /fixture\.json: field name/);
  writeFileSync(path, '{"name": "old", "K": 2}');
  refused(['verify', path], /fixture\.json: not a fixture of format 2: it lacks format, surrogate/);
  const good = JSON.parse(readFileSync('test/eval/fixtures/data/wrmf_sgd_L5_full.json', 'utf8'));
  writeFileSync(path, JSON.stringify({ ...good, Q_init: good.Q_init.slice(1) }));
  refused(['verify', path], /fixture\.json: field Q_init: expected \d+ rows/);
});

test.run();
