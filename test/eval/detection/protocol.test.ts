import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { columnCounts } from '../../../src/data/sparse.ts';
import { synthetic } from '../../../src/data/synthetic.ts';
import type { Detector, DetectorOptions } from '../../../src/defence/index.ts';
import { detector } from '../../../src/defence/index.ts';
import type { AttackCase } from '../../../src/eval/detection/attack-case.ts';
import { thresholdOf } from '../../../src/eval/detection/judge.ts';
import { evaluateDetectors, exampleOf } from '../../../src/eval/detection/protocol.ts';
import { rocAuc } from '../../../src/eval/detection/roc.ts';
import { fakesOf } from './attacks.ts';

const { data } = synthetic({ seed: 5, users: 200, items: 80, fakes: 1 });
const { train } = data;

const attack = async (method: string, seed: number): Promise<AttackCase> => ({
  name: `${method} ${seed}`,
  method,
  fakes: await fakesOf(method, train, { count: 12, target: 3, seed }),
  targets: [3],
});

const attacks = [
  await attack('random-filler', 1),
  await attack('random-filler', 2),
  await attack('popularity-proportional', 1),
];

/** A detector that notes what it is told; its score is the number of clicks. */
function watched(needs: Detector['needs']) {
  const calls: { rows: number; options: DetectorOptions }[] = [];
  const spy: Detector = {
    name: `watched ${needs}`,
    about: '',
    needs,
    scores: async (clicks, options) => {
      calls.push({ rows: clicks.rows, options });
      return Float64Array.from(
        { length: clicks.rows },
        (_, user) => clicks.indptr[user + 1] - clicks.indptr[user],
      );
    },
  };
  return { spy, calls };
}

const options = { seed: 1, resamples: 20 };

test('a detector learns from other methods alone, and of genuine users that it is not judged on', async () => {
  const { spy, calls } = watched('examples');
  const { judged } = await evaluateDetectors(train, attacks, { ...options, detectors: [spy] });
  assert.is(
    judged.reduce((sum, x) => sum + x, 0),
    100,
  );
  // Each attack is scored, and one attack of another method for the threshold.
  assert.is(calls.length, 6);
  const namesOf = (call: number) =>
    calls[call].options.examples?.map(({ clicks }) =>
      attacks.findIndex(({ fakes }) => {
        const own = clicks.indices.subarray(train.indices.length);
        return own.join() === fakes.indices.join();
      }),
    );
  // For the threshold of an attack the labels of others are used as well.
  assert.equal([0, 1, 2, 3, 4, 5].map(namesOf), [[2], [2], [2], [2], [0, 1], [0, 1]]);
  for (const { options: told } of calls) {
    for (const { labels } of told.examples ?? []) {
      const known = [...labels.subarray(0, 200)];
      assert.is(known.filter((label) => label === 0).length, 50);
      assert.ok(known.every((label, user) => label < 0 || judged[user] === 0));
      assert.ok([...labels.subarray(200)].every((label) => label === 1));
    }
  }
});

test('an example of an attack knows a quarter of the genuine users', () => {
  const { fakes } = attacks[0];
  const { clicks, labels } = exampleOf(train, fakes, 1);
  assert.is(clicks.rows, 200 + fakes.rows);
  const known = [...labels.subarray(0, 200)];
  assert.is(known.filter((label) => label === 0).length, 50);
  assert.is(known.filter((label) => label === -1).length, 150);
  assert.ok([...labels.subarray(200)].every((label) => label === 1));
  assert.not.equal([...exampleOf(train, fakes, 2).labels], [...labels]);
});

test('the threshold is that of calibration users beside other attacks', async () => {
  const { spy, calls } = watched('clicks');
  const found = await evaluateDetectors(train, attacks, { ...options, detectors: [spy] });
  assert.is(calls.length, 3);
  const [first] = found.results;
  // The score of a genuine user is the same beside each attack here. Of 50 calibration users at most
  // 1 % may lie above the threshold, so it is the highest of their scores.
  assert.ok(calls.every(({ options: told }) => told.examples === undefined));
  const scores = [...first.scores.subarray(0, 200)];
  assert.ok(first.threshold !== null && scores.includes(first.threshold));
  assert.is(thresholdOf([3, 1, 2], 0.01), 3);
  const judged = scores.filter((_, user) => found.judged[user] === 1);
  const above = judged.filter((score) => score > (first.threshold ?? 0));
  assert.is(first.cost?.removed, above.length / judged.length);
  assert.is(first.cost?.meanLength, judged.reduce((a, b) => a + b, 0) / judged.length);
  const users = [...judged, ...first.scores.subarray(200)];
  const fake = users.map((_, i) => (i < judged.length ? 0 : 1));
  assert.is(first.rocAuc.value, rocAuc({ scores: users, fake }));
  assert.is(first.baseRate, 12 / 112);
});

test('what cannot be judged is left out and says why', async () => {
  const learns = watched('examples').spy;
  const asks = watched('targets').spy;
  const alone = [{ ...attacks[0], targets: undefined }, attacks[1]];
  const { results, skipped } = await evaluateDetectors(train, alone, {
    ...options,
    detectors: [learns, asks],
  });
  assert.equal(
    skipped.map(({ detector: name, reason }) => [name, reason]),
    [
      ['watched examples', 'it learns from labels of another attack, and there is none'],
      ['watched examples', 'it learns from labels of another attack, and there is none'],
      ['watched targets', 'its targets are not known'],
    ],
  );
  assert.is(results.length, 1);
  assert.is(results[0].threshold, null);
  assert.is(results[0].detection, null);
  assert.is(results[0].cost, null);
});

test('the leaky way knows the sign and the labels', async () => {
  // Fakes of one length among genuine users of lengths around it: clicks tell them apart only by
  // the popularity of their items, which the tree learns from the attack itself.
  const { results } = await evaluateDetectors(train, attacks, {
    ...options,
    detectors: [detector('degree-sad'), watched('clicks').spy],
    leaky: true,
  });
  for (const { rocAuc: area, leaky, detector: name } of results) {
    assert.ok(leaky);
    assert.ok(leaky.rocAuc.value >= 0.5);
    if (name === 'degree-sad') continue;
    // All users are judged, half of the genuine ones are not: the areas differ a little.
    const turned = leaky.turned ? 1 - leaky.rocAuc.value : leaky.rocAuc.value;
    assert.ok(Math.abs(turned - area.value) < 0.1, `${turned}, ${area.value}`);
  }
});

test('the same seed judges alike, and fake users over other items are refused', async () => {
  const run = () =>
    evaluateDetectors(train, [attacks[0]], { ...options, detectors: [detector('pca-var-select')] });
  const [first, second] = [await run(), await run()];
  const untimed = ({ results }: typeof first) => results.map((r) => ({ ...r, seconds: 0 }));
  assert.equal(untimed(first), untimed(second));
  assert.ok(columnCounts(train).length === 80);
  const narrow = { ...attacks[0].fakes, columns: 81 };
  let message = '';
  await evaluateDetectors(train, [{ ...attacks[0], fakes: narrow }], {
    ...options,
    detectors: [],
  }).catch((error: Error) => {
    message = error.message;
  });
  assert.match(message, /random-filler 1: fake users over 81 items do not fit the 80/);
});

test.run();
