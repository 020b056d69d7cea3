/** @file What the documentation says: its example runs, its tables follow from the code. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('the library example prints what its comment says', () => {
  const readme = readFileSync('README.md', 'utf8');
  const example = /```ts\n(import [^`]*?)```/.exec(readme)?.[1] ?? '';
  const promised = /\/\/ (.*)\n/.exec(example)?.[1].split(', ').map(Number) ?? [];
  // The package imports itself by name, as its users do.
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module'], {
    input: example,
    encoding: 'utf8',
  });
  const printed = stdout.trim().split(' ').map(Number);
  assert.is(printed.length, 2, stderr);
  // w after 10 steps is 2 (1 - 0.8^10); the comment has four decimals.
  const trained = 2 * (1 - 0.8 ** 10);
  const exact = [(trained - 3) ** 2, 2 * (trained - 3) * (1 - 0.8 ** 10)];
  exact.forEach((value, i) => {
    assert.ok(Math.abs(printed[i] - value) < 1e-5, `${printed[i]} is not ${value}`);
    assert.is(promised[i], Number(value.toFixed(4)));
  });
});

test('the tables of models and settings follow from the code', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/docs.mjs', '--check'], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
});

test.run();
