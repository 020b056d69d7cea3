/** @file The report of detectors: shares as they were chosen, and what its pictures show. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fromPairs } from '../../../src/data/index.ts';
import { chosenPercent, type DetectionReport, detectionReport } from '../../../src/eval/index.ts';

const interval = { value: 0.75, low: 0.5, high: 1 };
const train = fromPairs(
  Array.from({ length: 8 }, (_, user): [number, number] => [user, user % 3]),
  8,
  3,
);
const result = {
  detector: 'lof',
  attack: 'copy',
  rocAuc: interval,
  averagePrecision: interval,
  precision: interval,
  detection: interval,
  baseRate: 0.0003,
  threshold: 1,
  cost: { removed: 0.0004, removedLength: 3, meanLength: 4 },
  scores: Float64Array.from({ length: 10 }, (_, user) => user),
  seconds: 1,
};
const report = {
  data: 'd',
  train,
  attacks: [
    {
      name: 'copy',
      method: 'copy',
      targets: [0],
      fakes: fromPairs(
        [
          [0, 0],
          [1, 0],
        ],
        2,
        3,
      ),
    },
  ],
  features: [],
  detection: { results: [result], skipped: [], judged: new Uint8Array(8).fill(1) },
  falseAlarms: 0.0005,
  seed: 1,
} as unknown as DetectionReport;

test('the page shows small shares as they are, and says what its bars are', async () => {
  const page = await detectionReport(report);
  assert.match(page, 'found at 0.05 %');
  assert.match(page, 'that 0.05 % of the last quarter exceed');
  assert.match(page, 'base rate 0.03 %');
  assert.match(page, '0.04 % (3 clicks of 4)');
  assert.match(page, 'the bars are shares of either, and sum to 1.');
  assert.match(page, 'ROC curve on copy');
  assert.not.match(page, /of area 1|0\.0 %|best/);
  const more = { ...result, detector: 'fap' };
  const detection = { ...report.detection, results: [result, more] } as typeof report.detection;
  const both = await detectionReport({ ...report, detection });
  assert.match(both, 'ROC curves, the largest area first, on copy');
});

test('a chosen share is printed as it was written', () => {
  const shown = [0.07, 0.0005, 0.0001, 0.1, 0.29, 1 / 3].map(chosenPercent);
  assert.equal(shown, ['7 %', '0.05 %', '0.01 %', '10 %', '29 %', '33.3333333333 %']);
});

test.run();
