/** @file Every format that is written is read back: the same clicks of the same ids. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type DataSet,
  type Format,
  fromPairs,
  readDataFolder,
  readInteractions,
  rowOf,
  type SparseMatrix,
  writableFormats,
  writeDataFolder,
  writeDataSet,
  writeFakeUsers,
} from '../../../src/data/index.ts';
import { failure, temporaryFolder } from '../temporary.ts';

const root = temporaryFolder();
const fresh = () => mkdtempSync(join(root, 'f'));

/** What an id may hold: all but line ends and zero bytes. */
const oddIds = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).filter((id) => {
  return !/[\r\n\0]/.test(id) && Buffer.from(id).toString() === id;
});
const signs = fc
  .array(fc.constantFrom('"', ',', ';', '\t', ' ', "'", '\\', '|', '\uFEFF', '\u2028', 'ä', '0'), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(''));
const plainIds = fc.stringMatching(/^[A-Za-z0-9_:,"'.-]{1,5}$/);

/** Up to 6 users and items with ids of a kind; every user has a click to train on. */
const dataOf = (
  ids: fc.Arbitrary<string>,
): fc.Arbitrary<DataSet & { users: string[]; items: string[] }> =>
  fc
    .record({
      users: fc.uniqueArray(ids, { minLength: 1, maxLength: 6 }),
      items: fc.uniqueArray(ids, { minLength: 2, maxLength: 6 }),
      cells: fc.array(fc.constantFrom('', 'train', 'test'), { minLength: 36, maxLength: 36 }),
    })
    .map(({ users, items, cells }) => {
      const pairs = (part: string) =>
        users.flatMap((_, user) =>
          items.flatMap((_, item) => {
            const cell = item === user % items.length ? 'train' : cells[user * 6 + item];
            return cell === part ? [[user, item] as const] : [];
          }),
        );
      const matrix = (part: string) => fromPairs(pairs(part), users.length, items.length);
      return { name: 'data', train: matrix('train'), test: matrix('test'), users, items };
    });

/** The clicks of a matrix by ids. */
const clicksOf = (matrix: SparseMatrix, users: readonly string[], items: readonly string[]) =>
  users
    .flatMap((user, row) => Array.from(rowOf(matrix, row), (item) => `${user}\n${items[item]}`))
    .sort();

async function read(path: string, format: Format): Promise<string[]> {
  const { users, items, userOf, itemOf } = await readInteractions(path, format);
  return [...userOf].map((user, i) => `${users[user]}\n${items[itemOf[i]]}`).sort();
}

/** The formats whose ids must not hold spaces, by their readers. */
const spaced: readonly Format[] = ['arlib', 'sdlib'];
const idsFor = (format: Format) =>
  spaced.includes(format) ? plainIds : fc.oneof(oddIds, signs, plainIds);

for (const format of writableFormats.filter((name) => name !== 'vat')) {
  test(`${format} comes back, train and test, with the ids of the source`, async () => {
    await fc.assert(
      fc.asyncProperty(dataOf(idsFor(format)), async (data) => {
        const { files } = await writeDataSet(fresh(), data, format);
        assert.equal(await read(files[0], format), clicksOf(data.train, data.users, data.items));
        if (data.test.indices.length === 0) return;
        assert.equal(await read(files[1], format), clicksOf(data.test, data.users, data.items));
      }),
      { seed: 12, numRuns: 15 },
    );
  });
}

for (const format of writableFormats) {
  test(`fake users come back from ${format}`, async () => {
    await fc.assert(
      fc.asyncProperty(dataOf(idsFor(format)), async (data) => {
        const clicks = fromPairs(
          [
            [0, 1],
            [1, 0],
            [1, 1],
          ],
          2,
          data.items.length,
        );
        const { files } = await writeFakeUsers(fresh(), data, { clicks }, format);
        const [file, users] = files;
        const back = await readInteractions(file, format);
        const items = back.items.map((item) => data.items.indexOf(item));
        const got = [...back.userOf].map((user, i) => [user, items[back.itemOf[i]]]);
        assert.equal(got.sort(), [
          [0, 1],
          [1, 0],
          [1, 1],
        ]);
        assert.ok(back.users.every((user) => !data.users.includes(user)));
        assert.is(users !== undefined, existsSync(join(file, '..', 'user_list.txt')));
      }),
      { seed: 13, numRuns: 8 },
    );
  });
}

test('data folders come back with any ids', async () => {
  await fc.assert(
    fc.asyncProperty(dataOf(fc.oneof(oddIds, signs)), async (data) => {
      const path = join(fresh(), 'data');
      await writeDataFolder(path, data, {});
      assert.equal(await readDataFolder(path), data);
    }),
    { seed: 14, numRuns: 15 },
  );
});

test('the files are laid out as their readers have it', async () => {
  const ids = { users: ['u1', 'u2'], items: ['a', 'b,c', 'd'] };
  const train = fromPairs(
    [
      [0, 0],
      [0, 1],
      [1, 2],
    ],
    2,
    3,
  );
  const data = { name: 'data', train, test: fromPairs([[1, 0]], 2, 3), ...ids };
  const expected: Partial<Record<Format, Record<string, string>>> = {
    csv: { 'train.csv': 'uid,sid\nu1,a\nu1,"b,c"\nu2,d\n', 'test.csv': 'uid,sid\nu2,a\n' },
    recbole: {
      'set.train.inter': 'user_id:token\titem_id:token\nu1\ta\nu1\tb,c\nu2\td\n',
      'set.test.inter': 'user_id:token\titem_id:token\nu2\ta\n',
    },
    lightgcn: {
      'train.txt': '0 0 1\n1 2\n',
      'test.txt': '1 0\n',
      'user_list.txt': 'org_id remap_id\nu1 0\nu2 1\n',
      'item_list.txt': 'org_id remap_id\na 0\nb,c 1\nd 2\n',
    },
    arlib: { 'train.txt': 'u1 a 1\nu1 b,c 1\nu2 d 1\n', 'test.txt': 'u2 a 1\n' },
    legup: { 'set_train.dat': '0\t0\t1\n0\t1\t1\n1\t2\t1\n', 'set_test.dat': '1\t0\t1\n' },
    movielens: {
      'train.csv': 'userId,movieId,rating,timestamp\nu1,a,1,0\nu1,"b,c",1,0\nu2,d,1,0\n',
    },
  };
  for (const [format, files] of Object.entries(expected)) {
    const folder = join(fresh(), 'set');
    await writeDataSet(folder, data, format as Format);
    for (const [name, text] of Object.entries(files)) {
      assert.is(readFileSync(join(folder, name), 'utf8'), text, `${format} ${name}`);
    }
  }
  const folder = fresh();
  await writeFakeUsers(folder, data, { clicks: train, names: ['f', 'g'], targets: ['d'] }, 'vat');
  assert.equal(JSON.parse(readFileSync(join(folder, 'fakes.json'), 'utf8')), {
    fake_users: { f: ['a', 'b,c'], g: ['d'] },
    target_items: ['d'],
  });
});

test('what lies in a folder keeps its meaning', async () => {
  const data = {
    name: 'data',
    train: fromPairs([[0, 0]], 1, 2),
    test: fromPairs([[0, 1]], 1, 2),
    users: ['u'],
    items: ['a', 'b'],
  };
  const folder = fresh();
  const { files } = await writeDataSet(folder, data, 'lightgcn');
  // The list of fake users would take the place of that of the real ones.
  const fakes = { clicks: fromPairs([[0, 0]], 1, 2), names: ['f'] };
  const error = await failure(writeFakeUsers(folder, data, fakes, 'lightgcn'));
  assert.match(error.message, /user_list\.txt is there and lists other ids/);
  assert.equal(await read(files[0], 'lightgcn'), ['u\na']);
  await writeDataSet(folder, data, 'lightgcn');
  const part = { ...data, test: fromPairs([], 1, 2) };
  assert.match(
    (await failure(writeDataSet(folder, part, 'lightgcn'))).message,
    /test\.txt is there, of other data/,
  );
  const plain = fresh();
  await writeDataSet(plain, data, 'csv');
  await writeFakeUsers(plain, data, fakes, 'csv');
});

test('what a format cannot hold is an error, not another id', async () => {
  const data = {
    name: 'data',
    train: fromPairs([[0, 0]], 1, 1),
    test: fromPairs([], 1, 1),
    users: ['a b'],
    items: ['i'],
  };
  assert.match(
    (await failure(writeDataSet(fresh(), data, 'arlib'))).message,
    /"a b" holds a space/,
  );
  assert.match(
    (await failure(writeDataSet(fresh(), data, 'vat'))).message,
    /fakes only, not train/,
  );
  const wide = { clicks: fromPairs([[0, 1]], 1, 2) };
  const error = await failure(writeFakeUsers(fresh(), data, wide, 'csv'));
  assert.match(error.message, /over 2 items, the data have 1/);
  const path = join(fresh(), 'train.txt');
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '0 7\n');
  writeFileSync(join(path, '..', 'item_list.txt'), 'org_id remap_id\na 0\n');
  assert.match((await failure(readInteractions(path, 'lightgcn'))).message, /lacks number 7/);
});

test.run();
