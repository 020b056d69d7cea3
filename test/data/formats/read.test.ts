/** @file Readers of published formats, and errors that name the line. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Format, readInteractions } from '../../../src/data/index.ts';
import { UserError } from '../../../src/errors.ts';
import { testWithFolder } from '../../external-data.ts';
import { failure, temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder();

function file(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

async function pairs(path: string, format: Format, minRating?: number): Promise<string[]> {
  const { users, items, userOf, itemOf } = await readInteractions(path, format, { minRating });
  return [...userOf].map((user, i) => `${users[user]}-${items[itemOf[i]]}`);
}

test('reads uid,sid, plain and gzipped, and a pair that comes twice once', async () => {
  const text = 'uid,sid\r\n3,5\n3,6\n\n3,5\nx,5\n';
  assert.equal(await pairs(file('a.csv', text), 'csv'), ['3-5', '3-6', 'x-5']);
  assert.equal(await pairs(file('a.csv.gz', gzipSync(text)), 'csv'), ['3-5', '3-6', 'x-5']);
});

test('reads the three layouts of MovieLens, with a threshold on the rating', async () => {
  const layouts = {
    'u.data': '196\t242\t3\t881250949\n196\t302\t4.5\t891717742\n',
    'ratings.dat': '196::242::3::881250949\n196::302::4.5::891717742\n',
    'ratings.csv': 'userId,movieId,rating,timestamp\n196,242,3,88\n196,302,4.5,89\n',
  };
  for (const [name, text] of Object.entries(layouts)) {
    const path = file(name, text);
    assert.equal(await pairs(path, 'movielens'), ['196-242', '196-302']);
    assert.equal(await pairs(path, 'movielens', 4), ['196-302']);
  }
  const error = await failure(
    readInteractions(join(folder, 'u.data'), 'movielens', { minRating: 5 }),
  );
  assert.match(error.message, 'no rating reaches 5');
});

test('reads check-ins of Gowalla, a place visited twice once', async () => {
  const line = '0\t2010-10-19T23:55:27Z\t30.23\t-97.79\t22847\n';
  assert.equal(await pairs(file('g.txt', line + line), 'gowalla'), ['0-22847']);
});

test('bad input is an error that names the file and the line', async () => {
  const cases: [string, string | Uint8Array, Format, RegExp][] = [
    ['b1.csv', 'uid,sid\n1,2\n1\n', 'csv', /b1\.csv line 3: expected uid, sid, got "1"/],
    ['b2.csv', '1,2\n', 'csv', /b2\.csv line 1: expected the header uid,sid, got "1,2"/],
    ['b3.csv', 'uid,sid\n1,\n', 'csv', /line 2: expected uid, sid/],
    ['b4.csv', '', 'csv', /b4\.csv: expected interactions, got none/],
    ['b5.data', '1\t2\tgood\t4\n', 'movielens', /line 1: expected a rating, got "good"/],
    ['b6.data', 'a b c\n', 'movielens', /line 1: expected MovieLens fields/],
    [
      'b8.txt',
      'user\ttime\tlatitude\tlongitude\tlocation\n',
      'gowalla',
      /line 1: expected user, t/,
    ],
    ['b9.txt', '0\tnot a time\t1\t2\t3\n', 'gowalla', /line 1: expected user, time/],
    ['b10.txt', '0\t2010-10-19T23:55:27Z\tx\t2\t3\n', 'gowalla', /line 1: expected user, time/],
    ['b11.data', 'abc\tdef\t4\tnot-a-time\n', 'movielens', /line 1: expected user, item, rating/],
    ['b12.dat', 'u1\ti1\t5\n', 'legup', /line 1: expected user, item, rating/],
    ['b13.dat', '1\t2\t5\n01\t3\t5\n', 'legup', /line 2: expected user, item, rating/],
    ['b14.dat', '1\t2\t1,234\n', 'legup', /rating "1,234" may be decimal or between thousands/],
    ['b7.csv.gz', 'uid,sid\n1,2\n', 'csv', /cannot read .*b7\.csv\.gz: .*header/],
  ];
  for (const [name, contents, format, expected] of cases) {
    const error = await failure(readInteractions(file(name, contents), format));
    assert.instance(error, UserError);
    assert.match(error.message, expected);
  }
  const missing = await failure(readInteractions(join(folder, 'none.csv'), 'csv'));
  assert.match(missing.message, /cannot read .*none\.csv: there is no such file/);
});

testWithFolder(test, 'HYPERTAPE_DATA', 'reads MovieLens 100K whole', async (folder) => {
  const path = join(folder, 'ml-100k', 'u.data');
  const { users, items, userOf } = await readInteractions(path, 'movielens');
  assert.equal([users.length, items.length, userOf.length], [943, 1682, 100_000]);
});

test.run();
