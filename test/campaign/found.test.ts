/** @file What the campaigns found, one case of each kind. */

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Expression } from '../../src/autodiff/kernel/expression.ts';
import type { Index } from '../../src/autodiff/kernel/index-expression.ts';
import { javascript, printCell } from '../../src/autodiff/kernel/print.ts';
import { readDataFolder, readInteractions } from '../../src/data/index.ts';
import { UserError } from '../../src/errors.ts';
import { readFakes, readFixture } from '../../src/eval/index.ts';
import { failure, temporaryFolder } from '../data/temporary.ts';
import { hypertape } from './command.ts';
import { makeSandbox } from './sandbox.ts';

const root = temporaryFolder();
const { data, fakes } = await makeSandbox(root);

function refuses(error: Error, expected: RegExp): void {
  assert.instance(error, UserError);
  assert.match(error.message, expected);
  assert.not.match(error.message, '\n');
}

test('a data folder whose lists of ids were changed', async () => {
  assert.is((await readDataFolder(data)).items?.[5], 'i5');
  for (const [file, from, to] of [
    ['items.txt', 'i5', 'i6'],
    ['users.txt', '13', '0x10'],
  ]) {
    const path = join(data, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(from, to));
    refuses(await failure(readDataFolder(data)), /train\.csv: its clicks or their ids are not/);
    writeFileSync(path, text);
  }
});

test('fake users whose record names a target twice', async () => {
  const readData = await readDataFolder(data);
  const stored = await readFakes(fakes, readData);
  const path = join(dirname(fakes), 'fakes.json');
  const text = readFileSync(path, 'utf8');
  const record = JSON.parse(text);
  assert.equal(stored.record?.targets, record.targets);
  record.targets.push(record.targets[0]);
  writeFileSync(path, JSON.stringify(record));
  const again = readFakes(fakes, readData);
  refuses(await failure(again), /fakes\.json: field targets: item \d+ twice/);
  writeFileSync(path, text);
});

test('JSON whose error quotes a line feed of the file', async () => {
  const meta = join(data, 'meta.json');
  const text = readFileSync(meta, 'utf8');
  writeFileSync(meta, text.replace(': 7,\n', ': : 7,\n'));
  refuses(await failure(readDataFolder(data)), /meta\.json: not JSON/);
  const path = join(root, 'broken.json');
  writeFileSync(path, '{\n "fake_users": : {\n},\n "target_items": []}');
  refuses(await failure(readInteractions(path, 'vat')), /broken\.json: not JSON/);
  refuses(await failure(readFixture(path)), /broken\.json: cannot read it as JSON/);
});

test('ratings that float64 does not hold', async () => {
  const path = join(root, 'ratings.txt');
  for (const rating of ['1e309', '-1e309', '1e-400']) {
    writeFileSync(path, `1 1 5\n1 2 ${rating}\n2 1 3\n`);
    refuses(await failure(readInteractions(path, 'sdlib')), /line 2: expected a rating/);
  }
  writeFileSync(path, '1 1 5\n1 2 1e308\n2 1 0e-400\n');
  const { understood } = await readInteractions(path, 'sdlib');
  assert.equal(understood.ratings, { least: 0, greatest: 1e308, distinct: 3 });
});

test('synthetic data of a size that no memory holds', async () => {
  for (const size of ['--users', '--items', '--fakes']) {
    const args = ['data', 'synthetic', '--out', join(root, 'huge'), size, '2147483648'];
    const { status, stderr } = await hypertape(args);
    assert.is(status, 2);
    assert.match(stderr, /^error: data synthetic: all pairs: \d+ numbers do not fit .*lower/);
  }
});

test('two loops of one kernel have variables of their own, which WGSL may not declare twice', () => {
  const at: Index = { kind: 'var', name: 'k', extent: 3 };
  const [from, to] = [0, 3].map((value): Index => ({ kind: 'int', value }));
  const loop = (slot: number): Expression => {
    const body = { kind: 'load', slot, at } as const;
    return { kind: 'reduce', fn: 'sum', variable: 'k', extent: 3, from, to, body };
  };
  const product: Expression = { kind: 'binary', fn: 'mul', x: loop(0), y: loop(1) };
  const { statements, result } = printCell(product, javascript);
  const declared = statements.flatMap((line) => /for \(let (\w+)/.exec(line)?.[1] ?? []);
  assert.is(new Set(declared).size, 2);
  const cell = new Function('a0', 'a1', `${statements.join('\n')}\nreturn ${result};`);
  assert.is(cell([1, 2, 3], [4, 5, 6]), (1 + 2 + 3) * (4 + 5 + 6));
});

test.run();
