/** @file The tests that docs/checking-gradients.md shows run in their runners. */

import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { blocksOf } from './pages.ts';
import { userProject } from './user.ts';

const project = userProject();
symlinkSync(resolve('node_modules/uvu'), join(project, 'node_modules', 'uvu'), 'dir');

const blocks = blocksOf('docs/checking-gradients.md').filter(({ language }) => language === 'js');

/** What fails the test of a block: a factor in its gradient. */
const broken: readonly [string, string][] = [
  ['2 * value', '2.001 * value'],
  ['mul(ct, sigmoid(x))', 'mul(ct, mul(1.001, sigmoid(x)))'],
  ['(1 - curve(x)), 0.7', '(1.001 - curve(x)), 0.7'],
];

function run(text: string) {
  const path = join(project, 'example.test.mjs');
  // vitest's `test` of a name and a function is that of node:test.
  writeFileSync(path, text.replace("'vitest'", "'node:test'"));
  return spawnSync(process.execPath, [path], { encoding: 'utf8', cwd: project });
}

test('each runner has an example, which passes, and fails with a wrong gradient', () => {
  assert.equal(
    blocks.map(({ text }) => /import \{ test \} from '([\w:]+)'/.exec(text)?.[1]),
    ['node:test', 'vitest', 'uvu'],
  );
  for (const [i, { text }] of blocks.entries()) {
    const passed = run(text);
    assert.is(passed.status, 0, passed.stdout + passed.stderr);
    const [right, wrong] = broken[i];
    assert.ok(text.includes(right));
    const failed = run(text.replace(right, wrong));
    assert.is(failed.status, 1, failed.stdout);
    assert.match(failed.stdout + failed.stderr, 'beyond tolerance');
  }
});

test.run();
