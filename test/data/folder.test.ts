/** @file Data folders: what is written is read back, and bad ones are errors. */

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  expectTest,
  fromPairs,
  holdout,
  readDataFolder,
  synthetic,
  writeAtomically,
  writeDataFolder,
} from '../../src/data/index.ts';
import { InteractionCollector } from '../../src/data/interactions.ts';
import { UserError } from '../../src/errors.ts';
import { here } from '../../src/processes.ts';
import { testWithFolder } from '../external-data.ts';
import { failure, temporaryFolder } from './temporary.ts';

const root = temporaryFolder();

function folder(name: string, files: Record<string, string>): string {
  const path = join(root, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

test('a data folder comes back as it was written', async () => {
  const { data } = synthetic({ users: 30, fakes: 2, items: 40, seed: 1 });
  const path = join(root, 'synthetic');
  await writeDataFolder(path, data, { generator: 'synthetic' });
  assert.equal(readdirSync(path).sort(), ['meta.json', 'test.csv', 'train.csv']);
  assert.equal(await readDataFolder(path), data);
});

test('the ids of the source come back too, and go with data that have none', async () => {
  const collector = new InteractionCollector();
  const ids = ['Ä ö', 'b,c', '"d"', 'e'];
  for (const [i, id] of ids.entries()) {
    for (let user = 0; user <= i; user++) collector.add(`${10 * user}`, id);
  }
  const data = holdout(collector.finish(), 0.3, 1, 'labelled');
  const path = join(root, 'labelled');
  await writeDataFolder(path, data, {});
  assert.is(readFileSync(join(path, 'users.txt'), 'utf8'), '0\n10\n20\n30\n');
  assert.equal(await readDataFolder(path), data);
  await writeDataFolder(path, { name: 'labelled', train: data.train, test: data.test }, {});
  assert.equal(readdirSync(path).sort(), ['meta.json', 'test.csv', 'train.csv']);
});

test('ids that do not fit the data are errors that name the file and the line', async () => {
  const tables = { 'train.csv': 'uid,sid\n0,1\n1,0\n', 'test.csv': 'uid,sid\n0,0\n' };
  const cases: [Record<string, string>, RegExp][] = [
    [{ 'users.txt': 'a\n' }, /users\.txt: expected 2 ids, one a line, got 1/],
    [{ 'items.txt': 'a\nb\nc\n' }, /items\.txt: expected 2 ids, one a line, got 3/],
    [{ 'items.txt': 'a\na\n' }, /items\.txt line 2: a is the id of line 1 too/],
  ];
  for (const [i, [files, expected]] of cases.entries()) {
    const error = await failure(readDataFolder(folder(`ids${i}`, { ...tables, ...files })));
    assert.match(error.message, expected);
  }
  const { users, items } = await readDataFolder(
    folder('half', { ...tables, 'items.txt': 'a\r\nb' }),
  );
  assert.equal([users, items], [undefined, ['a', 'b']]);
});

test('without a meta.json the largest ids are the size', async () => {
  const path = folder('bare', { 'train.csv': 'uid,sid\n0,1\n1,0\n', 'test.csv': 'uid,sid\n0,4\n' });
  const { train, test: held } = await readDataFolder(path);
  assert.equal([train.rows, train.columns, held.rows, held.columns], [2, 5, 2, 5]);
});

test('bad folders are errors that name the file, the line and the mend', async () => {
  const good = { 'train.csv': 'uid,sid\n0,1\n1,0\n', 'test.csv': 'uid,sid\n0,0\n' };
  const cases: [Record<string, string>, RegExp][] = [
    [{ 'train.csv': good['train.csv'] }, /there is no test\.csv or test\.csv\.gz/],
    [{ ...good, 'train.csv': 'uid,sid\n0,1\n2,0\n' }, /train\.csv: user 1 has no clicks/],
    [{ ...good, 'test.csv': 'uid,sid\n0,x\n' }, /test\.csv line 2: expected sid/],
    [
      { ...good, 'train.csv': 'uid,sid\n0,0\n2147483640,0\n' },
      /train\.csv line 3: expected uid from 0 to 16777215, got "2147483640"; number ids from 0/,
    ],
    [{ ...good, 'train.csv': 'uid,sid\n-1,0\n' }, /train\.csv line 2: expected uid/],
    [
      { ...good, 'meta.json': '{"items": 1}' },
      /train\.csv line 2: expected sid from 0 to 0, got "1"/,
    ],
    [{ ...good, 'meta.json': '{"items": "many"}' }, /meta\.json: field items/],
    [{ ...good, 'meta.json': '{' }, /meta\.json: not JSON/],
  ];
  for (const [i, [files, expected]] of cases.entries()) {
    const error = await failure(readDataFolder(folder(`bad${i}`, files)));
    assert.instance(error, UserError);
    assert.match(error.message, expected);
  }
});

test('a click in train and in test is an error that names user and item, and counts', async () => {
  const tables = { 'train.csv': 'uid,sid\n0,0\n0,1\n1,0\n', 'test.csv': 'uid,sid\n0,1\n1,0\n' };
  const bare = await failure(readDataFolder(folder('overlap', tables)));
  assert.match(
    bare.message,
    /overlap: 2 clicks are in train and in test.*user "0" on item "1".*again/,
  );
  const labels = { 'users.txt': 'ann\nbob\n', 'items.txt': 'x\ny\n' };
  const named = await failure(readDataFolder(folder('labelled-overlap', { ...tables, ...labels })));
  assert.match(named.message, /user "ann" on item "y"/);
});

test('data without tests are refused by what needs them', () => {
  const clicks = fromPairs([[0, 0]], 1, 1);
  const data = { name: 'all', train: clicks, test: fromPairs([], 1, 1) };
  assert.throws(
    () => expectTest(data, 'evaluate'),
    /evaluate: the data all have no clicks to test/,
  );
  expectTest({ ...data, test: clicks }, 'evaluate');
});

test('clicks that meta.json has another digest of are refused, by the name of the table', async () => {
  const { data } = synthetic({ users: 12, fakes: 1, items: 20, seed: 1 });
  for (const name of ['train.csv', 'test.csv'] as const) {
    const path = join(root, `changed-${name}`);
    await writeDataFolder(path, data, {});
    const lines = readFileSync(join(path, name), 'utf8').trimEnd().split('\n');
    writeFileSync(join(path, name), `${[...lines.slice(0, 1), ...lines.slice(2)].join('\n')}\n`);
    const error = await failure(readDataFolder(path));
    assert.match(error.message, new RegExp(`${name}: its clicks are not those.*data prepare`));
  }
});

test('a folder without its test clicks is compared with the digest of its train clicks and ids', async () => {
  const { data } = synthetic({ users: 12, fakes: 1, items: 20, seed: 1 });
  const users = Array.from({ length: 12 }, (_, user) => `u${user}`);
  const changes: Record<string, (lines: string[]) => string[]> = {
    'train.csv': ([head, , ...lines]) => [head, ...lines],
    'users.txt': ([first, second, ...lines]) => [second, first, ...lines],
  };
  for (const [name, change] of Object.entries(changes)) {
    const path = join(root, `untested-${name}`);
    await writeDataFolder(path, { ...data, users }, {});
    rmSync(join(path, 'test.csv'));
    assert.equal((await readDataFolder(path, { testMayLack: true })).users, users);
    const lines = readFileSync(join(path, name), 'utf8').trimEnd().split('\n');
    writeFileSync(join(path, name), `${change(lines).join('\n')}\n`);
    const error = await failure(readDataFolder(path, { testMayLack: true }));
    assert.match(error.message, /train\.csv: its clicks or their ids are not those/);
  }
});

test('folders that were not written to their end, or by a later version, are refused', async () => {
  const { data } = synthetic({ users: 12, fakes: 1, items: 20, seed: 1 });
  const path = join(root, 'unfinished');
  await writeDataFolder(path, data, {});
  const meta = JSON.parse(readFileSync(join(path, 'meta.json'), 'utf8'));
  const cases: [object, RegExp][] = [
    [{ version: 1, complete: false }, /not written to its end: make it again/],
    [{ ...meta, version: 2 }, /meta\.json: field version/],
    [{ ...meta, digests: { train: meta.digests.train } }, /field digests\.test/],
    [{ ...meta, items: 1e15 }, /field items/],
    [{ users: 2 ** 27 }, /train\.csv: user 12 has no clicks/],
  ];
  for (const [changed, expected] of cases) {
    writeFileSync(join(path, 'meta.json'), JSON.stringify(changed));
    assert.match((await failure(readDataFolder(path))).message, expected);
  }
  writeFileSync(join(path, 'meta.json'), JSON.stringify(meta));
  writeFileSync(join(path, 'train.csv.gz'), '');
  assert.match((await failure(readDataFolder(path))).message, /train\.csv and train\.csv\.gz/);
});

test('a write that fails keeps the folder that was there', async () => {
  const { data } = synthetic({ users: 12, fakes: 1, items: 20, seed: 1 });
  const path = join(root, 'kept');
  await writeDataFolder(path, data, {});
  const other = synthetic({ users: 14, fakes: 1, items: 20, seed: 2 }).data;
  const failing = { name: 'no/such/folder', contents: new Uint8Array() };
  await failure(writeDataFolder(path, other, {}, [failing]));
  assert.equal(await readDataFolder(path), { ...data, name: 'kept' });
  assert.equal(readdirSync(path).sort(), ['meta.json', 'test.csv', 'train.csv']);
  await failure(writeDataFolder(join(root, 'never'), other, {}, [failing]));
  assert.not.ok(existsSync(join(root, 'never')));
});

test('temporary files of runs that were killed are swept, those of others are not', async () => {
  const path = folder('swept', {});
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const host = hostname().replace(/[^A-Za-z0-9]/g, '_');
  const name = (id: number, space?: string) =>
    `file.${[host, space, id].filter((part) => part !== undefined).join('-')}-${randomUUID()}.tmp`;
  const kept = [
    name(process.ppid),
    name(process.ppid, here.space),
    // Containers may share the name of their host, and number their processes anew.
    name(pid, '0badc0de-4026532281'),
    name(process.pid, '0badc0de-4026532281'),
    `file.elsewhere-${pid}-${randomUUID()}.tmp`,
    'notes.tmp',
  ];
  const gone = [name(pid), name(process.pid), name(pid, here.space), name(process.pid, here.space)];
  for (const file of [...kept, ...gone]) writeFileSync(join(path, file), '');
  await writeAtomically(join(path, 'file'), 'new');
  assert.equal(readdirSync(path).sort(), ['file', ...kept].sort());
});

test('a file of a relative path is not swept while it is being written', async () => {
  const path = relative('.', folder('beside', {}));
  const file = (name: string) => `./${path}/${name}`;
  const slow = writeAtomically(
    file('slow'),
    Array.from({ length: 500 }, () => 'x'.repeat(1000)),
  );
  while (readdirSync(path).length === 0) await new Promise((resolve) => setImmediate(resolve));
  await writeAtomically(file('quick'), '');
  await slow;
  assert.equal(readdirSync(path).sort(), ['quick', 'slow']);
});

test('a write that fails leaves nothing behind and says why', async () => {
  const path = folder('target', { old: 'old' });
  const error = await failure(writeAtomically(join(path, 'old', 'file'), 'new'));
  assert.instance(error, UserError);
  assert.match(error.message, 'a part of the path is a file');
  mkdirSync(join(path, 'taken'));
  await failure(writeAtomically(join(path, 'taken'), 'new'));
  assert.equal(readdirSync(path).sort(), ['old', 'taken']);
});

test('of several writes to one file at a time one is there, whole', async () => {
  const path = folder('together', {});
  const texts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(100_000));
  await Promise.all(texts.map((text) => writeAtomically(join(path, 'file'), text)));
  assert.equal(readdirSync(path), ['file']);
  assert.ok(texts.includes(readFileSync(join(path, 'file'), 'utf8')));
});

testWithFolder(test, 'HYPERTAPE_DATA', 'reads Gowalla whole', async (root) => {
  const { train, test: held } = await readDataFolder(join(root, 'gowalla-15core'));
  assert.equal([train.rows, train.columns], [13_149, 14_007]);
  assert.equal([train.indices.length, held.indices.length], [428_701, 106_909]);
});

test.run();
