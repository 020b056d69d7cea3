/** @file The report of an attack: what it says follows from the history, the fakes and the data. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AttackRecord } from '../../../src/attack/index.ts';
import { fromPairs } from '../../../src/data/index.ts';
import {
  type AttackStory,
  attackHorizon,
  attackReport,
  keptText,
} from '../../../src/eval/index.ts';

const matrix = (rows: readonly (readonly number[])[], items: number) =>
  fromPairs(
    rows.flatMap((row, i) => row.map((item): [number, number] => [i, item])),
    rows.length,
    items,
  );

const record = (iteration: number, own: number, other?: number): AttackRecord => ({
  iteration,
  loss: 50 - iteration,
  clicks: 7,
  seconds: 0.25,
  figures: { targetHitRate: own, recall: 0.5 },
  ...(other !== undefined && {
    heldOut: { loss: 60 - iteration, figures: { targetHitRate: other, recall: 0.5 } },
  }),
});

const story: AttackStory = {
  goal: { kind: 'promote', targets: [4] },
  targets: ['<b>'],
  k: 3,
  train: matrix([[0, 1], [0, 1, 2], [0, 3], [3]], 5),
  // The first contains users 0 and 3, of its three clicks two are user 1's; the second none.
  fakes: matrix(
    [
      [0, 1, 3],
      [2, 4],
    ],
    5,
  ),
  best: 1,
  history: [record(0, 0.125, 0.25), record(1, 0.5, 0.375), record(2, 0.75, 0.25)],
  judges: { surrogates: 1, isNew: false, heldOut: 1, choosesBest: true },
  settled: true,
  facts: [['surrogate', 'wrmf-sgd']],
  budget: [['clicks', '9', '5']],
  departures: ['budget: clicks is genuine, published free'],
};

/** The cells of the row of a table that begins with these words. */
const rowOf = (page: string, name: string): string[] => {
  const row = page.split('<tr>').find((each) => each.startsWith(`<td>${name}</td>`)) ?? '';
  return [...row.matchAll(/<td>(.*?)<\/td>/g)].map(([, cell]) => cell).slice(1);
};

test('the page says what the attack did on its own seed and on a held-out one', async () => {
  const page = await attackReport(story);
  for (const part of [
    '<h1>An attack that promotes items &lt;b&gt;</h1>',
    '2 fake users beside 4 real ones on 5 items',
    'of iteration 1 of 2, by TargetHR@3 of a held-out seed, over all real users.',
    'TargetHR@3 over all real users went from 0.1250 to 0.5000 on the seed of the surrogate',
    'and from 0.2500 to 0.3750 on a held-out seed',
    'After 2 updates the fake users no longer change',
    '<li>budget: clicks is genuine, published free</li>',
  ]) {
    assert.ok(page.includes(part), part);
  }
  assert.equal(rowOf(page, 'clicks'), ['9', '5']);
  assert.equal(rowOf(page, 'surrogate'), ['wrmf-sgd']);
  assert.equal(rowOf(page, '1'), [
    '49.00',
    '0.5000',
    '0.5000',
    '59.00',
    '0.3750',
    '0.5000',
    '7',
    '0.3',
  ]);
  assert.is(page.match(/<svg/g)?.length, 6);
  assert.not.match(page, /<script/);
});

test('the page compares fake users with genuine ones', async () => {
  const page = await attackReport(story);
  // Items have 3, 2, 1, 2, 0 clicks; users 2, 3, 2, 1.
  assert.equal(rowOf(page, 'median popularity of a click'), ['2', '2']);
  assert.equal(rowOf(page, 'median length of a profile'), ['2', '2.500']);
  // Genuine: 2/2 of user 0 and 1/1 of user 3 in others, 2/3 of user 1, 1/2 of user 2.
  assert.equal(rowOf(page, 'median share inside one profile'), ['0.833', '0.583']);
  // User 1 contains user 0, user 2 contains user 3; the first fake user contains both.
  assert.equal(rowOf(page, 'share that contains a whole profile'), ['0.500', '0.500']);
});

const onOwn = { surrogates: 1, isNew: false, heldOut: 0, choosesBest: true };

test('without held-out seeds the page says that the figure is of the seed it was fitted to', async () => {
  const history = [record(0, 0.125), record(1, 0.5)];
  const own = { ...story, history, judges: onOwn };
  const page = await attackReport({ ...own, settled: false, departures: [] });
  assert.ok(page.includes('by TargetHR@3 of the surrogate itself, over all real users.'));
  assert.not.match(page, /held-out seed/);
  assert.not.match(page, /no longer change/);
  assert.not.match(page, /as published/);
  const spoilt = await attackReport({ ...own, goal: { kind: 'untargeted' }, targets: [] });
  assert.ok(spoilt.includes('of the surrogate itself, over the real users with test clicks.'));
  assert.ok(spoilt.includes('Recall@3 over the real users with test clicks went from 0.5000'));
  assert.ok(spoilt.includes('What the attack is for, over the real users with test clicks.'));
  assert.not.match(spoilt, 'all real users');
});

test('of several surrogates and held-out seeds the page says that figures are means', async () => {
  const judges = { surrogates: 2, isNew: true, heldOut: 3, choosesBest: true };
  const page = await attackReport({ ...story, judges });
  assert.ok(page.includes('by TargetHR@3 of the mean of 3 held-out seeds, over all real users.'));
  assert.ok(page.includes('on the mean of 2 surrogates, new in each iteration, to which they are'));
  assert.ok(page.includes('to 0.3750 on the mean of 3 held-out seeds, by which'));
  assert.not.match(page, /a held-out seed|seed of the surrogate/);
});

test('fake users made one after the other are all kept: none is called the best', async () => {
  const judges = { ...onOwn, choosesBest: false };
  const history = [record(0, 0.125), record(1, 0.5)];
  const page = await attackReport({ ...story, history, judges });
  assert.ok(
    page.includes('They were made one after the other, an iteration each, and all are kept.'),
  );
  assert.ok(page.includes('From the first of them to the last TargetHR@3'));
  assert.not.match(page, /[Bb]est|chosen/);
});

test('the line of the command says which fake users are kept, and by what', () => {
  const heldOut = { ...onOwn, heldOut: 1 };
  assert.is(
    keptText(3, heldOut, 'promote'),
    'best at iteration 3, by a held-out seed, over all real users',
  );
  assert.is(
    keptText(3, { ...onOwn, surrogates: 2 }, 'untargeted'),
    'best at iteration 3, by the mean of its 2 surrogates, over the real users with test clicks',
  );
  assert.is(
    keptText(3, { ...onOwn, choosesBest: false }, 'promote'),
    'those of the last iteration, 3, are kept: each makes one more fake user',
  );
});

test('how far back the gradient reaches is told in epochs, with what it cost', async () => {
  const at = (tau: number) => {
    const part = tau / 40;
    return { tau, error: 1 - part, cosine: 0.5 + part / 2, normRatio: part, fraction: part };
  };
  const horizon = {
    surrogate: 'wrmf-sgd',
    stepsPerEpoch: 4,
    curve: Array.from({ length: 41 }, (_, tau) => at(tau)),
    seconds: 12.34,
    sweeps: 1,
    depth: 10,
  };
  const page = await attackReport({ ...story, horizon });
  for (const part of [
    'How far back its gradient reaches',
    // Two of ten epochs are eight of forty steps.
    'Through wrmf-sgd, at the fake users that were kept: the last 2 of 10 epochs see 20 % of the ' +
      'exact gradient, with a cosine of 0.6000 and 0.2000 of its norm; an error below 1 % takes all ' +
      'of them.',
    'The attack itself differentiates the last 10 of 40 steps. The last 10 of 40 steps see 25 %',
    'Computing this took 12.3 s.',
  ]) {
    assert.ok(page.includes(part), part);
  }
  assert.is(page.match(/<svg/g)?.length, 8);
  assert.match(attackHorizon({ ...horizon, depth: 40 })[1], 'differentiates all of them.');
  assert.match(
    attackHorizon({ ...horizon, depth: 8 })[1],
    'the last 8 of 40 steps, which are these',
  );
  assert.match(attackHorizon({ ...horizon, depth: 0 })[1], 'differentiates none, and sees 0 %.');
  assert.match(attackHorizon({ ...horizon, sweeps: 2 })[1], 'in 2 sweeps');
});

test.run();
