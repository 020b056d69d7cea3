/** @file docs/operations.md lists what hypertape/autodiff exports, all of it and nothing else. */

import { readFileSync } from 'node:fs';
import * as autodiff from 'hypertape/autodiff';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('every function of hypertape/autodiff is in docs/operations.md, and each one there exists', () => {
  const page = readFileSync('docs/operations.md', 'utf8');
  const names = [...page.matchAll(/^\| (`[^|]*`) *\|/gm)].flatMap(([, cell]) =>
    cell.split(', ').map((name) => name.replaceAll('`', '')),
  );
  assert.equal(names.sort(), Object.keys(autodiff).sort());
});

test.run();
