import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { random } from '../../../src/data/random.ts';
import { bestThreshold, costOf, judge, thresholdOf } from '../../../src/eval/detection/judge.ts';
import {
  averagePrecision,
  detectionAt,
  precisionAt,
  rocAuc,
  rocCurve,
  type Scored,
} from '../../../src/eval/detection/roc.ts';

/** Few different scores, so that many are equal; at least one fake and one genuine user. */
const drawn = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.boolean()), { minLength: 2, maxLength: 40 })
  .filter((users) => users.some(([, fake]) => fake) && users.some(([, fake]) => !fake))
  .map(
    (users): Scored => ({
      scores: users.map(([score]) => score / 7),
      fake: users.map(([, fake]) => (fake ? 1 : 0)),
    }),
  );

const indices = ({ scores, fake }: Scored, label: number) =>
  Array.from(scores, (_, i) => i).filter((i) => fake[i] === label);

test('the area under the ROC curve counts pairs, equal ones half', () => {
  fc.assert(
    fc.property(drawn, (scored) => {
      const { scores } = scored;
      let [won, pairs] = [0, 0];
      for (const fake of indices(scored, 1)) {
        for (const genuine of indices(scored, 0)) {
          pairs++;
          won += scores[fake] > scores[genuine] ? 1 : scores[fake] === scores[genuine] ? 0.5 : 0;
        }
      }
      // Sums of halves are exact; the quotient is rounded once.
      assert.is(rocAuc(scored), won / pairs);
      const curve = rocCurve(scored);
      const trapezia = curve.slice(1).reduce((sum, { detected, falseAlarms }, i) => {
        const before = curve[i];
        return sum + ((falseAlarms - before.falseAlarms) * (detected + before.detected)) / 2;
      }, 0);
      assert.ok(Math.abs(trapezia - won / pairs) < 1e-14);
    }),
  );
});

test('average precision sums over thresholds, and precision at k is a mean over orders', () => {
  fc.assert(
    fc.property(drawn, fc.integer({ min: 1, max: 40 }), (scored, wanted) => {
      const { scores, fake } = scored;
      const users = Array.from(scores, (_, i) => i);
      const fakes = indices(scored, 1).length;
      const thresholds = [...new Set(Array.from(scores))].sort((a, b) => b - a);
      let [area, recall] = [0, 0];
      for (const threshold of thresholds) {
        const flagged = users.filter((user) => scores[user] >= threshold);
        const hits = flagged.filter((user) => fake[user] === 1).length;
        area += (hits / fakes - recall) * (hits / flagged.length);
        recall = hits / fakes;
      }
      assert.ok(Math.abs(averagePrecision(scored) - area) < 1e-14);
      const k = Math.min(wanted, users.length);
      const last = [...users].sort((a, b) => scores[b] - scores[a])[k - 1];
      const sure = users.filter((user) => scores[user] > scores[last]);
      const tied = users.filter((user) => scores[user] === scores[last]);
      const share = tied.filter((user) => fake[user] === 1).length / tied.length;
      const hits = sure.filter((user) => fake[user] === 1).length + (k - sure.length) * share;
      assert.ok(Math.abs(precisionAt(scored, k) - hits / k) < 1e-14);
    }),
  );
});

test('a threshold keeps the false alarms below their share', () => {
  fc.assert(
    fc.property(drawn, fc.constantFrom(0, 0.01, 0.2, 0.5), (scored, share) => {
      const { scores } = scored;
      const genuine = indices(scored, 0);
      const alarms = (above: (score: number) => boolean) =>
        genuine.filter((user) => above(scores[user])).length / genuine.length;
      const { threshold, falseAlarms, detected } = detectionAt(scored, share);
      assert.ok(falseAlarms <= share);
      assert.is(
        alarms((score) => score >= threshold),
        falseAlarms,
      );
      const best = bestThreshold(scored, share);
      assert.is(
        alarms((score) => score > best),
        falseAlarms,
      );
      const fakes = indices(scored, 1);
      assert.is(fakes.filter((user) => scores[user] > best).length / fakes.length, detected);
      const calibrated = thresholdOf(
        genuine.map((user) => scores[user]),
        share,
      );
      assert.ok(alarms((score) => score > Number(calibrated)) <= share);
    }),
  );
});

test('a threshold lets as many false alarms pass as their share allows', () => {
  const scores = Array.from({ length: 100 }, (_, i) => i);
  // 0.29 * 100 is a little below 29 in float64.
  for (const [share, count] of [
    [0.29, 29],
    [0.57, 57],
    [0.01, 1],
    [0.005, 0],
    [1, 100],
  ]) {
    const threshold = thresholdOf(scores, share);
    assert.is(scores.filter((score) => score > Number(threshold)).length, count);
  }
});

test('without a calibration user there is no threshold', () => {
  assert.is(thresholdOf([], 0.01), null);
  assert.is(thresholdOf([1, 2, 3], 1), Number.NEGATIVE_INFINITY);
});

test('a perfect detector, and one that tells nobody apart', () => {
  const fake = [1, 1, 0, 0, 0];
  const perfect = { scores: [5, 4, 3, 2, 1], fake };
  assert.is(rocAuc(perfect), 1);
  assert.is(averagePrecision(perfect), 1);
  assert.is(detectionAt(perfect, 0).detected, 1);
  const blind = { scores: [1, 1, 1, 1, 1], fake };
  assert.is(rocAuc(blind), 0.5);
  assert.is(averagePrecision(blind), 0.4);
  assert.is(precisionAt(blind, 2), 0.4);
  assert.is(detectionAt(blind, 0.01).detected, 0);
});

test('what cannot be judged is refused', () => {
  assert.throws(() => rocAuc({ scores: [1, 2], fake: [1, 1] }), /expected fake and genuine users/);
  assert.throws(() => rocAuc({ scores: [1, Number.NaN], fake: [1, 0] }), /user 1 is no number/);
});

test('bootstrap intervals cover the truth about as often as they say', async () => {
  // Normal scores a deviation of 1 apart: the area is the probability that N(1, 2) is above 0.
  const truth = 0.7602499389065233;
  const draw = random(11);
  let covered = 0;
  const trials = 200;
  for (let trial = 0; trial < trials; trial++) {
    const fake = Array.from({ length: 90 }, (_, i) => (i < 30 ? 1 : 0));
    const scores = fake.map((label) => label + draw.normal());
    const { rocAuc: area } = await judge(
      { scores, fake },
      { seed: trial, resamples: 200, threshold: null },
    );
    assert.ok(area.low <= area.value && area.value <= area.high);
    if (area.low <= truth && truth <= area.high) covered++;
  }
  // 95 % of 200 within four deviations of a binomial, and a little lower for so few users.
  assert.ok(covered / trials > 0.87 && covered / trials < 1, `${covered} of ${trials}`);
});

test('every measure has an interval around it, with ties and without', async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async (scored) => {
      const judged = await judge(scored, { seed: 1, resamples: 40, threshold: 0.5 });
      const { rocAuc: area, averagePrecision: precision, precision: atCount, detection } = judged;
      for (const interval of [area, precision, atCount, detection]) {
        assert.ok(interval && interval.low <= interval.high, JSON.stringify(judged));
        assert.ok(interval.low >= 0 && interval.high <= 1 && !Number.isNaN(interval.value));
      }
      assert.is(area.value, rocAuc(scored));
      assert.is(precision.value, averagePrecision(scored));
      const fakes = indices(scored, 1);
      const found = fakes.filter((user) => scored.scores[user] > 0.5).length;
      assert.is(detection?.value, found / fakes.length);
    }),
  );
});

test('a threshold costs the genuine users above it', () => {
  const cost = costOf([1, 5, 3, 4], [10, 20, 30, 60], 3);
  assert.equal(cost, { removed: 0.5, removedLength: 40, meanLength: 30 });
});

test.run();
