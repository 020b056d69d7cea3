/** @file The data of quick runs: written once, and again where they are damaged. */

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { quickFolder } from '../../src/cli/quick-folder.ts';
import { readDataFolder, synthetic } from '../../src/data/index.ts';
import { studyDigest } from '../../src/eval/index.ts';

const root = mkdtempSync(join(tmpdir(), 'hypertape-quick-'));
process.once('exit', () => rmSync(root, { recursive: true, force: true }));
const { data } = synthetic({ users: 40, fakes: 4, items: 30, seed: 1 });

test('data that are there are not written again, under those who read them', async () => {
  const [one, other] = await Promise.all([quickFolder(root, data), quickFolder(root, data)]);
  assert.is(one, other);
  assert.is(studyDigest(await readDataFolder(one)), studyDigest(data));
  const facts = () =>
    ['train.csv', 'test.csv', 'meta.json'].map((name) => {
      const { ino, mtimeMs } = statSync(join(one, name));
      return [ino, mtimeMs];
    });
  const before = facts();
  await quickFolder(root, data);
  assert.equal(facts(), before);
});

test('data that are damaged, or others, are written anew', async () => {
  const folder = await quickFolder(root, data);
  const table = join(folder, 'test.csv');
  const text = readFileSync(table, 'utf8');
  writeFileSync(table, text.slice(0, text.length / 2));
  await quickFolder(root, data);
  assert.is(readFileSync(table, 'utf8'), text);
  const others = synthetic({ users: 40, fakes: 4, items: 30, seed: 2 }).data;
  assert.is(
    studyDigest(await readDataFolder(await quickFolder(root, others))),
    studyDigest(others),
  );
});

test.run();
