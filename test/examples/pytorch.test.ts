/** @file The gradient that PyTorch exports is the one that hypertape computes. */

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hypertape, jsonOf } from '../cli/command.ts';
import { temporaryFolder } from '../data/temporary.ts';

const folder = temporaryFolder();
const exported = 'test/examples/pytorch/ridge.json';
const module = 'examples/pytorch/ridge.mjs';

const verify = (...args: string[]) =>
  hypertape('verify', '--device', 'reference', '--json', '--problem', ...args);

test('the exported gradient agrees, and one that is changed does not', async () => {
  const done = verify(module, exported);
  assert.is(done.status, 0, done.stderr);
  assert.equal(jsonOf(done).results.length, 1);
  const fixture = JSON.parse(readFileSync(exported, 'utf8'));
  const path = join(folder, 'changed.json');
  for (const name of ['rate', 'log_penalty']) {
    const gradient = { ...fixture.gradient, [name]: 1.00001 * fixture.gradient[name] };
    writeFileSync(path, JSON.stringify({ ...fixture, gradient }));
    assert.is(verify(module, path).status, 1, name);
  }
});

test('a module that is none is refused', async () => {
  const refused = (message: RegExp, contents?: string) => {
    const path = join(folder, `module-${message.source.length}.mjs`);
    if (contents !== undefined) writeFileSync(path, contents);
    const { status, stderr } = verify(path, exported);
    assert.is(status, 2, stderr);
    assert.match(stderr, message);
  };
  refused(/cannot be imported/);
  refused(/expected an export problem, got none/, 'export const a = 1;');
  refused(/a function of the data, got a number/, 'export const problem = 3;');
});

const python = ['python3', '/usr/bin/python3'].find(
  (name) => spawnSync(name, ['-c', 'import torch']).status === 0,
);
if (python) {
  test('the exporter writes that file', async () => {
    const script = resolve('examples/pytorch/ridge.py');
    const run = spawnSync(python, [script], { cwd: folder, encoding: 'utf8' });
    assert.is(run.status, 0, run.stderr);
    const done = verify(module, join(folder, 'ridge.json'));
    assert.is(done.status, 0, done.stderr);
  });
} else {
  console.log('skipped: the exporter needs Python with torch');
}

test.run();
