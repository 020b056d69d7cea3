/** @file What commands read and take is checked, by name, before anything is made. */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, platform } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { expectTraining } from '../../src/cli/room.ts';
import { readNpy } from '../../src/data/formats/npy.ts';
import { npyOf, readArchive, readNpz } from '../../src/data/index.ts';
import { DivergedError } from '../../src/errors.ts';
import { diverged } from '../../src/eval/index.ts';
import { modelKind } from '../../src/models/index.ts';
import { failure, temporaryFolder } from '../data/temporary.ts';
import { hypertape, jsonOf } from './command.ts';

const root = temporaryFolder();
const size = ['--users', '40', '--items', '30', '--fakes', '3', '--quiet'];
const [data, other] = [join(root, 'data'), join(root, 'other')];
const small = ['--preset', 'synthetic', '--factors', '4', '--epochs', '4', '--k', '5'];
const quick = [...small, '--method', 'partial', '--iterations', '2', '--fakes', '3'];
const attack = (folder: string, out: string, ...more: string[]) =>
  hypertape('attack', '--data', folder, '--out', join(root, out), ...quick, ...more);

function done(outcome: ReturnType<typeof hypertape>) {
  assert.is(outcome.status, 0, outcome.stderr);
  return outcome;
}

/** One line on stderr beside the hint at --help, status 2, and no stack. */
function refused(args: string[], expected: RegExp): void {
  const { status, stdout, stderr } = hypertape(...args);
  assert.is(status, 2, `${args.join(' ')}: ${stdout}${stderr}`);
  assert.match(stderr, expected);
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('('));
  assert.is(lines.length, 1, stderr);
}

test('the data, a model and an attack to spoil are made', () => {
  done(hypertape('data', 'synthetic', '--out', data, ...size));
  done(hypertape('data', 'synthetic', '--out', other, ...size, '--seed', '2'));
  const out = ['--out', join(root, 'model'), '--quiet'];
  done(hypertape('train', 'wrmf-sgd', '--data', data, ...small, ...out));
  done(attack(data, 'run', '--targets', '3,5'));
});

test('options out of bounds, in other notations, empty or given twice are refused by name', () => {
  const train = ['train', 'wrmf-sgd', '--data', data];
  const wrong: [string[], RegExp][] = [
    [['--factors', '1000000000'], /--factors.*Expected a whole number from 1 to 4096/],
    [['--factors', '1e3'], /--factors.*Expected a whole number/],
    [['--factors', '0x10'], /--factors.*Expected a whole number/],
    [['--threads', '1000'], /--threads.*Expected a whole number from 1 to/],
    [['--seed', ''], /--seed.*Expected a whole number/],
    [['--seed', '9007199254740993'], /--seed.*Expected a whole number/],
    [['--seed', '9007199254740990'], /--seed.*whole number from 0 to 9007199244740992/],
    [['--k', '0'], /--k.*Expected a whole number from 1/],
    [['--k', '2.5'], /--k.*Expected a whole number from 1/],
    [['--learning-rate', 'NaN'], /--learning-rate.*Expected a number from 0/],
    [['--learning-rate', '1e-400'], /--learning-rate.*Expected a number from 0/],
    [['--learning-rate', '0x1'], /--learning-rate.*Expected a number from 0/],
    [['--k', '3', '--k', '5'], /option '--k' is given twice/],
    [['--fly', '3'], /unknown option '--fly'/],
    [['--epochs', '1000001'], /--epochs.*Expected a whole number from 1 to 1000000/],
  ];
  for (const [options, message] of wrong) refused([...train, ...options], message);
  const model = ['--model', join(root, 'model', 'model.npz')];
  refused(['recommend', '--data', data, ...model, '--users', '4294967296'], /no user 4294967296/);
  const run = ['attack', '--data', data, '--out', join(root, 'none')];
  refused([...run, '--targets', '03'], /targets: expected a stratum/);
  refused(
    [...run, '--targets', '3', '--fakes', '99999999'],
    /numbers do not fit into memory: lower --fakes/,
  );
  refused([...run, '--fakes', '3', '--outer-momentum', '2'], /Expected a number from 0 to 1/);
  refused(
    [...run, '--targets', '3', '--fakes', '3', '--projection', 'threshold:0x1'],
    /projection: expected/,
  );
  refused(
    [...run, '--fakes', '3', '--targets', '3,5', '--candidates', '1'],
    /at least the 2 targets/,
  );
  assert.not.ok(existsSync(join(root, 'none')));
});

test('trainings that no memory holds are refused before anything is made', () => {
  const sizes = { users: 1e5, items: 2e5 };
  const settings = (name: string, changes: object) => ({ ...modelKind(name).defaults, ...changes });
  const cases: [string, object, RegExp][] = [
    ['wrmf-sgd', { factors: 4096 }, /wrmf-sgd: its tables: .*lower --factors/],
    ['wrmf-sgd', { epochs: 1e6 }, /wrmf-sgd: its batches: .*lower --epochs/],
    ['wrmf-sgd', { loss: 'dense' }, /all pairs: .*choose --loss implicit-zeros/],
    ['item-ae', { layers: [16384] }, /item-ae: its tables: .*lower --layers/],
    ['cml', { negatives: 1000, batchSize: 1e6 }, /lower --negatives or --batch-size/],
  ];
  for (const [name, changes, message] of cases) {
    const kind = modelKind(name);
    expectTraining(kind, settings(name, {}), sizes);
    assert.throws(() => expectTraining(kind, settings(name, changes), sizes), message);
  }
});

test('files that were made of other data of the same size are refused by name', () => {
  const model = ['--model', join(root, 'model', 'model.npz')];
  refused(
    ['recommend', '--data', other, ...model],
    /model\.npz: was made of other data.*load it with the data it was trained on/,
  );
  refused(
    ['attack', '--data', other, '--out', join(root, 'run'), ...quick, '--targets', '3,5'],
    /run holds a run with data "data", not "other"/,
  );
  const fakes = ['--fakes', join(root, 'run', 'fakes.npz'), '--victims', 'item-cf'];
  refused(['evaluate', '--data', other, ...fakes], /fakes\.json: was made of other data/);
});

test('data of the same folder name that were made anew are noticed', () => {
  const again = join(root, 'again', 'data');
  done(hypertape('data', 'synthetic', '--out', again, ...size, '--seed', '3'));
  refused(
    ['attack', '--data', again, '--out', join(root, 'run'), ...quick, '--targets', '3,5'],
    /holds a run on other data/,
  );
});

test('evaluate reads the targets of an attack and needs them of foreign fake users alone', () => {
  const fakes = join(root, 'run', 'fakes.npz');
  const evaluate = ['evaluate', '--data', data, '--victims', 'item-cf', '--k', '5', '--json'];
  for (const seed of ['1', '2']) {
    const outcome = hypertape(...evaluate, '--fakes', fakes, '--seed', seed);
    assert.equal(jsonOf(done(outcome)).targets, [3, 5]);
  }
  refused([...evaluate, '--fakes', fakes, '--targets', '4'], /its target items are 3, 5, not 4/);
  const foreign = join(data, 'fakes.npz');
  refused([...evaluate, '--fakes', foreign], /no fakes\.json beside it.*give --targets/);
  const outcome = hypertape(...evaluate, '--fakes', foreign, '--targets', '4');
  assert.equal(jsonOf(done(outcome)).targets, [4]);
  const swapped = join(root, 'swapped.npz');
  writeFileSync(swapped, readFileSync(foreign));
  writeFileSync(join(root, 'swapped.json'), readFileSync(join(root, 'run', 'fakes.json')));
  refused([...evaluate, '--fakes', swapped], /describes other fake users than/);
});

test('users and items go by their own ids, and by inner numbers where asked for', async () => {
  const file = join(root, 'clicks.csv');
  const users = ['ann', '7', 'b c', 'x'];
  const clicks = users.flatMap((user, u) =>
    [10, 20, 30, 40, 50].filter((item) => (item / 10 + u) % 4).map((item) => `${user},${item}`),
  );
  writeFileSync(file, `uid,sid\n${clicks.join('\n')}\n`);
  const out = join(root, 'named');
  const prepare = ['--min-interactions', '1', '--holdout', '0.34', '--quiet'];
  done(hypertape('data', 'prepare', file, '--format', 'csv', '--out', out, ...prepare));
  const ids = (name: string) => readFileSync(join(out, name), 'utf8').trimEnd().split('\n');
  const [userIds, itemIds] = [ids('users.txt'), ids('items.txt')];
  const outcome = attack(out, 'named-run', '--targets', '40,"20"', '--json');
  assert.equal(jsonOf(done(outcome)).targets, ['40', '20']);
  const record = JSON.parse(readFileSync(join(root, 'named-run', 'fakes.json'), 'utf8'));
  assert.equal(
    record.targets,
    ['40', '20'].map((id) => ({ item: itemIds.indexOf(id), id })),
  );
  refused(
    ['attack', '--data', out, '--out', join(root, 'no'), ...quick, '--targets', '1'],
    /--targets: there is no item "1"/,
  );
  const model = join(root, 'named-model');
  done(hypertape('train', 'item-cf', '--data', out, '--out', model, '--quiet'));
  const recommend = ['recommend', '--data', out, '--model', join(model, 'model.npz'), '--json'];
  const byId = jsonOf(done(hypertape(...recommend, '--users', 'b c,7')));
  const numbers = ['b c', '7'].map((id) => userIds.indexOf(id));
  const inner = jsonOf(done(hypertape(...recommend, '--inner', '--users', numbers.join())));
  assert.equal(
    byId.users.map(({ user }: { user: string }) => user),
    ['b c', '7'],
  );
  assert.equal(
    byId.users.map(({ items }: { items: string[] }) => items),
    inner.users.map(({ items }: { items: number[] }) => items.map((item) => itemIds[item])),
  );
  refused([...recommend, '--users', '0'], /there is no user "0"/);
});

test('a folder of something else, and runs that are not whole, are refused', async () => {
  const folder = join(root, 'thesis');
  mkdirSync(folder);
  writeFileSync(join(folder, 'chapter.tex'), '');
  const args = ['attack', '--data', data, '--out', folder, ...quick, '--targets', '3,5'];
  refused(args, /thesis holds chapter\.tex and no run: choose another --out/);
  assert.equal(readdirSync(folder), ['chapter.tex']);
  const run = join(root, 'run');
  const file = join(run, 'state.npz');
  const [whole, options] = [readFileSync(file), readFileSync(join(run, 'run.json'), 'utf8')];
  const go = ['attack', '--data', data, '--out', run, ...quick, '--targets', '3,5'];
  const archive = await readArchive(file, 'a state');
  const members = () =>
    Object.fromEntries(
      archive.names.map((name) => [
        `${name}.npy`,
        npyOf(name === 'meta' ? { shape: [], data: archive.text(name) } : archive.numbers(name)),
      ]),
    );
  const spoilt = (changes: Record<string, Uint8Array>) => zipSync({ ...members(), ...changes });
  const meta = JSON.parse(archive.text('meta'));
  const withMeta = (changes: object) =>
    spoilt({ 'meta.npy': npyOf({ shape: [], data: JSON.stringify({ ...meta, ...changes }) }) });
  const short = npyOf({ shape: [3], data: new Float32Array(3) });
  for (const [bytes, message] of [
    [withMeta({ iteration: 7 }), /iteration, best and history contradict one another/],
    [withMeta({ best: { quality: 1, iteration: 99 } }), /contradict one another/],
    [spoilt({ 'velocity.npy': short }), /velocity has 3 numbers, not 90/],
    [spoilt({ 'fakes.npy': short }), /fakes has 3 numbers, not 12/],
  ] as const) {
    writeFileSync(file, bytes);
    refused(go, message);
  }
  writeFileSync(file, whole);
  writeFileSync(join(run, 'run.json'), `${'['.repeat(20000)}${']'.repeat(20000)}`);
  refused(go, /run\.json: nested more than 64 deep/);
  writeFileSync(join(run, 'run.json'), options.replace('"version": 3', '"version": 9'));
  refused(go, /run\.json: field version: expected 3/);
  writeFileSync(join(run, 'run.json'), options);
  done(hypertape(...go));
});

test('a history that lost a line and files half-written by killed runs are mended', async () => {
  const run = join(root, 'run');
  const history = join(run, 'history.jsonl');
  const whole = readFileSync(history, 'utf8');
  const fakes = await readNpz(join(run, 'fakes.npz'));
  writeFileSync(history, whole.slice(0, whole.trimEnd().lastIndexOf('\n') + 1));
  // A process that is gone: no Linux gives so high a number.
  const host = hostname().replace(/[^A-Za-z0-9]/g, '_');
  const half = `state.npz.${host}-99999999-01234567-89ab-cdef-0123-456789abcdef.tmp`;
  writeFileSync(join(run, half), 'half');
  writeFileSync(join(run, 'notes.tmp'), 'mine');
  done(attack(data, 'run', '--targets', '3,5'));
  assert.is(readFileSync(history, 'utf8'), whole);
  assert.equal(await readNpz(join(run, 'fakes.npz')), fakes);
  const results = ['fakes.json', 'fakes.npz', 'history.jsonl', 'report.html'];
  assert.equal(readdirSync(run).sort(), [...results, 'run.json', 'state.npz', 'notes.tmp'].sort());
});

test('model files whose settings do not fit their arrays or have absurd sizes are refused', async () => {
  const path = join(root, 'model', 'model.npz');
  const archive = await readArchive(path, 'a model');
  const meta = JSON.parse(archive.text('meta'));
  const spoil = (changes: object, users = archive.numbers('users')) => {
    const text = JSON.stringify({ ...meta, ...changes });
    const members = {
      'meta.npy': npyOf({ shape: [], data: text }),
      'users.npy': npyOf(users),
      'items.npy': npyOf(archive.numbers('items')),
    };
    const file = join(root, 'spoilt.npz');
    writeFileSync(file, zipSync(members));
    return ['recommend', '--data', data, '--model', file];
  };
  const settings = (changes: object) => ({ settings: { ...meta.settings, ...changes } });
  refused(spoil(settings({ factors: 8 })), /array items: expected shape \[30,8\], got \[30,4\]/);
  refused(spoil(settings({ factors: 1e15 })), /setting factors: expected a whole number from 1/);
  refused(spoil(settings({ factors: 'four' })), /setting factors: expected a whole number/);
  refused(spoil({ items: 1e15 }), /40 users and 1000000000000000 items does not fit/);
  refused(spoil({ version: 0 }), /meta: field version: expected 1: train it again/);
  refused(spoil({ train: 'abc' }), /meta: field train: expected a SHA-256/);
  const users = archive.numbers('users');
  const spoilt = users.data.map((x, i) => (i === 5 ? Number.NaN : x));
  refused(spoil({}, { ...users, data: spoilt }), /array users: entry 5 is NaN/);
  assert.is(readNpy('one', npyOf({ shape: [1], data: Float32Array.of(1) })).data.length, 1);
});

test('training that diverges ends in one line and keeps the model that was there', async () => {
  const out = join(root, 'model');
  const before = readFileSync(join(out, 'model.npz'));
  // More factors than users: without regularization the normal equations are singular.
  const settings = ['--regularization', '0', '--factors', '60', '--preset', 'synthetic'];
  const args = ['--data', data, '--k', '5', '--out', out, '--quiet'];
  const { status, stderr } = hypertape('train', 'wrmf-als', ...args, ...settings);
  assert.is(status, 1, stderr);
  assert.match(
    stderr,
    /^error: wrmf-als diverged: .*: lower weight, now 20, raise regularization, now 0, or use the device reference: it has more digits\n$/,
  );
  assert.ok(before.equals(readFileSync(join(out, 'model.npz'))));
  const training = async () => {
    throw new DivergedError('a score of user 3 is infinite');
  };
  const error = await failure(diverged({ name: 'cml' }, { learningRate: 2 }, training));
  assert.is(
    error.message,
    'cml diverged: a score of user 3 is infinite: lower learningRate, now 2',
  );
});

test('a device that never ends, and links in a circle, are no files to read', () => {
  if (platform() === 'win32') return;
  const circle = join(root, 'circle');
  symlinkSync('circle', circle);
  for (const [path, message] of [
    ['/dev/zero', /cannot read \/dev\/zero: it is a device/],
    [circle, /cannot read .*circle: its links lead in a circle/],
  ] as const) {
    refused(['verify', path], message);
    refused(['recommend', '--data', data, '--model', path], message);
    refused(['evaluate', '--data', data, '--fakes', path, '--targets', '3'], message);
  }
});

test.run();
