/**
 * @file Small files, damaged at every offset: a reader refuses them or gives what is right, by a
 * checksum or a digest; text without one is at least never cut in silence.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  digestOf,
  fromPairs,
  readDataFolder,
  readInteractions,
  readNpz,
  writeDataFolder,
  writeNpz,
} from '../../../src/data/index.ts';
import { UserError } from '../../../src/errors.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder();

/** All truncations of bytes, and at each offset one flipped bit, another at each. */
function* damaged(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) {
    yield bytes.slice(0, at);
    const flipped = bytes.slice();
    flipped[at] ^= 1 << (at % 8);
    yield flipped;
  }
}

/** Counts the refusals; a result must be the right one. */
async function expectRefusedOrRight<T>(
  path: string,
  read: () => Promise<T>,
  isRight: (result: T) => boolean,
): Promise<{ refused: number; tried: number }> {
  const counts = { refused: 0, tried: 0 };
  const whole = readFileSync(path);
  for (const bytes of damaged(whole)) {
    writeFileSync(path, bytes);
    counts.tried++;
    const result = await read().catch((error) => {
      assert.instance(error, UserError, `${error.stack}`);
      counts.refused++;
      return undefined;
    });
    if (result !== undefined) assert.ok(isRight(result), `case ${counts.tried}`);
  }
  writeFileSync(path, whole);
  return counts;
}

test('an .npz file', async () => {
  const path = join(folder, 'clicks.npz');
  const clicks = fromPairs(
    [
      [0, 1],
      [1, 0],
      [1, 2],
    ],
    2,
    3,
  );
  await writeNpz(path, clicks);
  const counts = await expectRefusedOrRight(
    path,
    () => readNpz(path),
    (result) => digestOf(result) === digestOf(clicks),
  );
  // What may change without harm: times, versions, attributes, paddings.
  assert.ok(counts.refused > 0.9 * counts.tried, JSON.stringify(counts));
});

test('the tables of a data folder, by the digests in meta.json', async () => {
  const path = join(folder, 'data');
  const train = fromPairs(
    [
      [0, 1],
      [1, 0],
      [1, 2],
    ],
    2,
    3,
  );
  const data = {
    name: 'data',
    train,
    test: fromPairs(
      [
        [0, 0],
        [0, 2],
      ],
      2,
      3,
    ),
  };
  await writeDataFolder(path, data, {});
  for (const name of ['train.csv', 'test.csv']) {
    await expectRefusedOrRight(
      join(path, name),
      () => readDataFolder(path),
      (result) => {
        assert.equal(result, data);
        return true;
      },
    );
  }
  await expectRefusedOrRight(
    join(path, 'meta.json'),
    () => readDataFolder(path),
    (result) => digestOf(result.train) === digestOf(train) && result.test.rows === 2,
  );
});

test('a .csv.gz file', async () => {
  const path = join(folder, 'clicks.csv.gz');
  writeFileSync(path, gzipSync('uid,sid\n1,2\n1,3\n4,2\n'));
  const right = JSON.stringify((await readInteractions(path, 'csv')).userOf);
  await expectRefusedOrRight(
    path,
    () => readInteractions(path, 'csv'),
    (result) =>
      JSON.stringify(result.userOf) === right &&
      result.users.join() === '1,4' &&
      result.items.join() === '2,3',
  );
});

test('text of every format: one clear error, or rows that are all there', async () => {
  const texts: Record<string, string> = {
    csv: 'user;item;stars\n"a";"x;y";3\nb;z;4\n',
    recbole: 'user_id:token\titem_id:token\trating:float\n196\t242\t3\n186\t302\t3\n',
    movielens: '1::31::2.5::1260759144\n1::32::3::1260759145\n',
    gowalla: '0\t2010-10-19T23:55:27Z\t30.2\t-97.7\t22847\n',
    arlib: '253 465 5\n200 222 5\n253 222 4\n',
    legup: '0\t1\t5\n0\t2\t3\n',
    lightgcn: '0 4 18 2\n1 \n2 4 2\n',
    vat: '{"target_items":["5"],"fake_users":{"f0":["5","7"]}}',
  };
  mkdirSync(join(folder, 'text'));
  for (const [format, text] of Object.entries(texts)) {
    const path = join(folder, 'text', format);
    writeFileSync(path, text);
    await expectRefusedOrRight(
      path,
      () => readInteractions(path),
      ({ understood: { rows, merged, dropped }, userOf }) =>
        rows === userOf.length + merged + dropped,
    );
  }
});

test.run();
