/** @file The data commands: what they say, splits, ids, conversion, and refusals. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fromPairs, readDataFolder, rowOf, writeNpz } from '../../src/data/index.ts';
import { writeFakes } from '../../src/eval/index.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { hypertape, jsonOf } from './command.ts';

const root = temporaryFolder();

function file(name: string, text: string): string {
  const path = join(root, name);
  writeFileSync(path, text);
  return path;
}

const ratings = file(
  'ratings.csv',
  'userId,movieId,rating,timestamp\n' +
    [7, 30, 4]
      .flatMap((user) => [1, 2, 3, 4].map((i) => `${user},m${i},${i},${10 * i}`))
      .join('\n'),
);

function refused(args: string[], expected: RegExp): void {
  const { status, stdout, stderr } = hypertape(...args);
  assert.is(status, 2, `${args.join(' ')}: ${stdout}${stderr}`);
  assert.match(stderr, expected);
  assert.not.match(stderr, /\n\s+at /);
}

const prepare = (...args: string[]) =>
  hypertape('data', 'prepare', ratings, '--min-interactions', '1', ...args);

test('prepare says what it understood, drops and numbers', async () => {
  const out = join(root, 'prepared');
  const { status, stdout, stderr } = prepare(
    '--out',
    out,
    '--min-rating',
    '2',
    '--split',
    'time',
    '--holdout',
    '0.34',
  );
  assert.is(status, 0, stderr);
  assert.match(
    stdout,
    /format movielens: fields between ",", a header; user is column 1 \(userId\)/,
  );
  assert.match(stdout, /12 rows with ratings from 1 to 4 \(4 different\)\n/);
  assert.match(
    stdout,
    /each rating from 2 counts as a click, 3 lower ones are dropped; what is left: 3 users, 3 items, 0 duplicates merged/,
  );
  assert.match(stdout, /numbered from 0 in the order of their ids: users\.txt, items\.txt/);
  const data = await readDataFolder(out);
  assert.equal(
    [data.users, data.items],
    [
      ['4', '7', '30'],
      ['m2', 'm3', 'm4'],
    ],
  );
  assert.equal([...rowOf(data.test, 0)], [2]);
});

test('prepare counts in words, and says what a split leaves', () => {
  const one = (text: string, name: string, ...more: string[]) =>
    hypertape(
      ...['data', 'prepare', file(`${name}.csv`, text), '--min-interactions', '1'],
      ...['--out', join(root, name), ...more],
    );
  const few = one(
    'user,item,rating\n1,2,1\n1,3,5\n',
    'few',
    '--min-rating',
    '4',
    '--split',
    'none',
  );
  assert.match(few.stdout, /2 rows with ratings from 1 to 5 \(2 different\)\n/);
  assert.match(few.stdout, /1 lower one is dropped; what is left: 1 user, 1 item, 0 duplicates/);
  assert.match(few.stdout, /: 1 user, 1 item, 1 click to train, 0 to test/);
  const rated = Array.from({ length: 1001 }, (_, i) => `1,${i},${i}\n`).join('');
  const many = one(`user,item,rating\n${rated}`, 'many', '--split', 'none');
  assert.match(
    many.stdout,
    /1,001 rows with ratings from 0 to 1000 \(more than 1,000 different\): /,
  );
  for (const split of ['leave-one-out', 'leave-one-out-random']) {
    const { status, stderr } = one('user,item,time\n1,2,3\n2,2,4\n', split, '--split', split);
    assert.is(status, 2);
    assert.match(
      stderr,
      new RegExp(`split ${split} leaves nothing to test with, as no user has two`),
    );
    assert.not.match(stderr, /holdout/);
  }
});

test('splits: none, leave-one-out, given', async () => {
  const none = prepare('--out', join(root, 'none'), '--split', 'none', '--json');
  assert.equal([jsonOf(none).train, jsonOf(none).test], [12, 0]);
  assert.is(jsonOf(none).understood[0].rows, 12);
  const last = prepare('--out', join(root, 'last'), '--split', 'leave-one-out', '--json');
  assert.equal([jsonOf(last).train, jsonOf(last).test], [9, 3]);
  const train = file('train.txt', '0 4 18 2\n1 \n2 4 2\n');
  const held = file('test.txt', '0 3\n1 4 2\n2 18\n');
  const given = hypertape(
    'data',
    'prepare',
    train,
    '--test',
    held,
    '--out',
    join(root, 'given'),
    '--json',
  );
  assert.is(given.status, 0, given.stderr);
  assert.equal([jsonOf(given).users, jsonOf(given).train, jsonOf(given).test], [2, 5, 2]);
  assert.match(given.stderr, /1 user without a click to train on is left out/);
  refused(
    [
      'data',
      'prepare',
      train,
      '--test',
      file('others.txt', '7 3\n8 4 2\n'),
      '--out',
      join(root, 'no'),
    ],
    /others\.txt: none of its users is in .*train\.txt, so that nothing is left to test with/,
  );
  refused(
    ['data', 'prepare', train, '--test', held, '--split', 'none', '--out', join(root, 'no')],
    /--split does not go with --test/,
  );
  refused(
    ['data', 'prepare', train, '--split', 'none', '--holdout', '0.1', '--out', join(root, 'no')],
    /--holdout has no meaning for --split none/,
  );
  refused(['data', 'prepare', train, '--split', 'time', '--out', join(root, 'no')], /has no times/);
  assert.not.ok(existsSync(join(root, 'no')));
});

test('convert writes a data folder and fake users for other programs', async () => {
  const data = join(root, 'data');
  assert.is(prepare('--out', data, '--holdout', '0.3').status, 0);
  const fakes = join(root, 'fakes.npz');
  await writeNpz(
    fakes,
    fromPairs(
      [
        [0, 0],
        [1, 3],
      ],
      2,
      4,
    ),
  );
  const converted = hypertape('data', 'convert', data, join(root, 'set'), '--to', 'recbole');
  assert.is(converted.status, 0, converted.stderr);
  assert.equal(readdirSync(join(root, 'set')).sort(), ['set.train.inter', 'set.test.inter'].sort());
  const out = join(root, 'vat');
  const targets = ['--data', data, '--targets', 'm4'];
  assert.is(hypertape('data', 'convert', fakes, out, '--to', 'vat', ...targets).status, 0);
  assert.equal(JSON.parse(readFileSync(join(out, 'fakes.json'), 'utf8')), {
    fake_users: { 'fake-0': ['m1'], 'fake-1': ['m4'] },
    target_items: ['m4'],
  });
  const back = hypertape(
    'data',
    'convert',
    join(out, 'fakes.json'),
    join(root, 'npz'),
    '--to',
    'npz',
    '--data',
    data,
  );
  assert.is(back.status, 0, back.stderr);
  assert.equal(readFileSync(join(root, 'npz', 'fakes.npz')), readFileSync(fakes));
  refused(['data', 'convert', fakes, out, '--to', 'vat'], /give --data, or a data folder/);
  refused(
    ['data', 'convert', fakes, out, '--to', 'csv', ...targets],
    /--targets: csv holds no targets: leave it out/,
  );
  refused(
    ['data', 'convert', data, out, '--to', 'csv', '--from', 'vat'],
    /--from goes with a file of fake users/,
  );
  const idle = join(root, 'idle.npz');
  await writeNpz(idle, fromPairs([[0, 0]], 2, 4));
  refused(
    ['data', 'convert', idle, out, '--to', 'lightgcn', '--data', data],
    /the fake user fake-1 has no click/,
  );
  refused(
    ['data', 'convert', data, data, '--to', 'csv'],
    /holds a data folder \(meta\.json\): choose another folder/,
  );
  refused(
    ['data', 'convert', fakes, out, '--to', 'vat', '--data', data, '--targets', '1'],
    /--targets: there is no item "1".*items\.txt/,
  );
  mkdirSync(join(root, 'taken'));
  const real = file('taken/real.csv', 'uid,sid\n7,m1\n');
  refused(
    ['data', 'convert', real, out, '--to', 'vat', '--data', data],
    /"7" is a user of the data/,
  );
});

test('convert takes targets and names from the record beside fake users, and refuses other data', async () => {
  const folder = join(root, 'recorded');
  assert.is(prepare('--out', folder, '--holdout', '0.3').status, 0);
  const data = await readDataFolder(folder);
  const path = join(root, 'recorded.npz');
  const clicks = fromPairs(
    [
      [0, 0],
      [1, 3],
    ],
    2,
    4,
  );
  await writeFakes(path, clicks, data, {
    attack: 'random-filler',
    settings: {},
    goal: 'promote',
    seed: 1,
    targets: [3],
    budget: { allowance: 1, lengths: Int32Array.of(1, 1) },
  });
  const out = join(root, 'vat-recorded');
  const args = ['data', 'convert', path, out, '--to', 'vat', '--data'];
  const { status, stderr } = hypertape(...args, folder);
  assert.is(status, 0, stderr);
  assert.equal(JSON.parse(readFileSync(join(out, 'fakes.json'), 'utf8')), {
    fake_users: { 'fake-0': ['m1'], 'fake-1': ['m4'] },
    target_items: ['m4'],
  });
  const other = join(root, 'other');
  assert.is(prepare('--out', other, '--holdout', '0.6').status, 0);
  refused([...args, other], /recorded\.json: .*data/);
});

test.run();
