/** @file What is printed arrives whole at slow readers; a reader that goes and a full disk show. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryFolder } from '../data/temporary.ts';
import { hypertape } from './command.ts';

const root = temporaryFolder();
const data = join(root, 'data');
const model = join(root, 'model');
const users = 400;
const recommend = [
  ...['recommend', '--data', data, '--model', join(model, 'model.npz'), '--k', '30'],
  '--json',
];
const start = (stdout: 'pipe' | number) =>
  spawn(process.execPath, ['dist/cli.js', ...recommend], { stdio: ['ignore', stdout, 'pipe'] });

test('the data and the model are made', () => {
  const size = ['--users', `${users}`, '--items', '60', '--fakes', '2', '--quiet'];
  assert.is(hypertape('data', 'synthetic', '--out', data, ...size).status, 0);
  const train = ['train', 'item-cf', '--data', data, '--out', model, '--quiet'];
  assert.is(hypertape(...train).status, 0);
});

test('a slow reader gets all of an output that is larger than the buffer of a pipe', async () => {
  const child = start('pipe');
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('expected pipes');
  stderr.resume();
  const closed = once(child, 'close');
  // Nothing is read until the program has written all that it has to say.
  await setTimeout(3000);
  let text = '';
  for await (const chunk of stdout.setEncoding('utf8')) {
    text += chunk;
    await setTimeout(5);
  }
  const [status] = await closed;
  assert.is(status, 0);
  assert.ok(text.length > 2 * 65536, `${text.length} bytes`);
  assert.is(JSON.parse(text).users.length, users);
});

test('a reader that goes ends the program without a word', async () => {
  const child = start('pipe');
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('expected pipes');
  stdout.destroy();
  let errors = '';
  stderr.setEncoding('utf8').on('data', (chunk) => {
    errors += chunk;
  });
  const [status] = await once(child, 'close');
  assert.is(status, 141);
  assert.not.match(errors, /error|EPIPE/);
});

test('a full disk behind stdout is one line and status 1', async () => {
  if (!existsSync('/dev/full')) return;
  const child = start(openSync('/dev/full', 'w'));
  const { stderr } = child;
  if (!stderr) throw new Error('expected a pipe');
  let errors = '';
  stderr.setEncoding('utf8').on('data', (chunk) => {
    errors += chunk;
  });
  const [status] = await once(child, 'close');
  assert.is(status, 1);
  const lines = errors.split('\n').filter((line) => line.startsWith('error'));
  assert.equal(lines, ['error: cannot write to stdout: the disk is full']);
});

test.run();
