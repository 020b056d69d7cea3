/** @file Numbers as the page writes them. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { brief, kilobytes, lastSteps } from '../../src/lab/pictures/numbers.ts';

test('few digits, and a power of ten where plain ones would be many', () => {
  const expected: readonly (readonly [number, string])[] = [
    [0, '0'],
    [1, '1'],
    [-0.3456, '-0.35'],
    [0.00123, '0.0012'],
    [0.000123, '1.2e-4'],
    [99.9, '100'],
    [1234.5, '1235'],
    [-12345, '-1.2e4'],
    [2.38e30, '2.4e30'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ];
  assert.equal(
    expected.map(([x]) => [x, brief(x)]),
    expected,
  );
  assert.is(brief(0.98765, 3), '0.988');
});

test('bytes and steps', () => {
  assert.equal([0, 1449, 999_949, 24_960_800].map(kilobytes), ['0.0', '1.4', '999.9', '24,961']);
  assert.equal(
    [lastSteps(1), lastSteps(2), lastSteps(1, 'training ')],
    ['last step', 'last 2 steps', 'last training step'],
  );
});

test.run();
