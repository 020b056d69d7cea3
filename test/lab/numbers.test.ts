/** @file Numbers as the page writes them. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  brief,
  inBrief,
  kilobytes,
  lastSteps,
  tickLabels,
} from '../../src/lab/pictures/numbers.ts';

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

test('ticks of an axis have as many digits as tell them apart', () => {
  const labels: readonly (readonly [readonly number[], readonly string[]])[] = [
    [
      [-0.0002, -0.0001, 0],
      ['-2e-4', '-1e-4', '0'],
    ],
    [
      [1e-5, 1.25e-5, 1.5e-5],
      ['1.00e-5', '1.25e-5', '1.50e-5'],
    ],
    [
      [-0.1, -0.05, -1e-18, 0.05],
      ['-0.10', '-0.05', '0', '0.05'],
    ],
    [
      [0, 0.2, 0.4],
      ['0', '0.2', '0.4'],
    ],
    [
      [0.012, 0.0125, 0.013],
      ['0.0120', '0.0125', '0.0130'],
    ],
    [
      [1000, 1500],
      ['1,000', '1,500'],
    ],
    [
      [-2e37, 2e37],
      ['-2e37', '2e37'],
    ],
    [[0], ['0']],
    [[], []],
  ];
  assert.equal(
    labels.map(([ticks]) => [ticks, tickLabels(ticks)]),
    labels,
  );
});

test('sentences have no long numbers', () => {
  assert.is(
    inBrief('term 3 is -5.473583456123071e+37 times 0.4999999999, below 2.5 after 12345 steps'),
    'term 3 is -5.47e37 times 0.5, below 2.5 after 12345 steps',
  );
});

test.run();
