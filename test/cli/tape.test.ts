/** @file `hypertape tape`: text on stdout, files by their ending, refusals. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../data/temporary.ts';
import { hypertape, jsonOf } from './command.ts';

const folder = temporaryFolder();

test('the text is printed, and files are written by their ending', () => {
  const printed = hypertape('tape', 'neumf', '--order', '0');
  assert.is(printed.status, 0, printed.stderr);
  assert.match(printed.stdout, /^given\n {2}%0 batch\.clickUser\.index \[512\]/);
  for (const ending of ['txt', 'json', 'svg']) {
    const file = join(folder, `neumf.${ending}`);
    const done = hypertape('tape', 'neumf', '--order', '0', '--out', file, '--json');
    assert.is(done.status, 0, done.stderr);
    const { operations, kernels } = jsonOf(done);
    const text = readFileSync(file, 'utf8');
    if (ending === 'txt') assert.is(text, printed.stdout);
    if (ending === 'json') assert.is(JSON.parse(text).kernels.length, kernels);
    if (ending === 'svg') assert.match(text, `forward, ${kernels} kernels`);
    assert.ok(printed.stdout.endsWith(`${operations} operations in ${kernels} kernels\n`));
  }
});

test('what has no tape, takes no fake users or is no picture is refused', () => {
  const refused = (message: RegExp, ...args: string[]) => {
    const { status, stderr } = hypertape('tape', ...args);
    assert.is(status, 2, stderr);
    assert.match(stderr, message);
  };
  refused(/item-cf is not trained: it has no tape/, 'item-cf');
  refused(/model svd is not known; there are wrmf-sgd/, 'svd');
  refused(/--fakes: neumf takes no fake users as tensors/, 'neumf', '--fakes', '3');
  refused(/--out tape\.png: expected a file that ends in \.svg/, 'neumf', '--out', 'tape.png');
  refused(/Allowed choices are 0, 1, 2/, 'neumf', '--order', '3');
  refused(/--weight is no setting of neumf/, 'neumf', '--weight', '3');
});

test.run();
