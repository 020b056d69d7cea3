/** @file The tables of the documentation that follow from the code. */

import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('the tables of models, settings and experiments follow from the code', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/docs.mjs', '--check'], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
});

test.run();
