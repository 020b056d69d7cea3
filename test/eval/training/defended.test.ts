/** @file Defended victims: their metrics, and what is done to whom. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice } from '../../../src/autodiff/index.ts';
import { synthetic } from '../../../src/data/portable.ts';
import { defence } from '../../../src/defence/index.ts';
import {
  type DefenceRuns,
  defenceReport,
  evaluateDefended,
  evaluateVictim,
  findings,
  summaryOf,
} from '../../../src/eval/index.ts';
import { modelKind } from '../../../src/models/index.ts';
import { run } from './victim-run.ts';

const device = await openDevice('reference');
const { data, fakes } = synthetic({ users: 30, fakes: 4, items: 20, seed: 1 });
const kind = modelKind('item-cf');
const how = { kind, settings: kind.defaults, seed: 1, device, k: 5, targets: [3] };

/** A detector that is always right, and one that suspects genuine users of even number. */
const right = async () => Float64Array.from({ length: 34 }, (_, user) => (user >= 30 ? 1 : 0));
const wrong = async () =>
  Float64Array.from({ length: 34 }, (_, user) => (user < 30 ? 2 - (user % 2) : 0));

test('a filter that drops the fake users and no others gives back the clean victim', async () => {
  const clean = await evaluateVictim(data, null, how);
  const got = await evaluateDefended(data, fakes, {
    ...how,
    defence: defence('filtering'),
    defenceSettings: { share: 4 / 34 },
    suspicion: right,
  });
  for (const name of ['recall', 'hitRate', 'targetHitRate', 'meanRank', 'ndcg'] as const) {
    assert.is(got[name], clean[name], name);
  }
  assert.equal(
    [got.genuine, got.fake],
    [
      { removed: 0, weight: 1 },
      { removed: 4, weight: 0 },
    ],
  );
});

test('genuine users that a filter drops stay among those that are measured', async () => {
  const got = await evaluateDefended(data, fakes, {
    ...how,
    defence: defence('filtering'),
    defenceSettings: { share: 10 / 34 },
    suspicion: wrong,
  });
  assert.equal(got.genuine, { removed: 10, weight: 20 / 30 });
  assert.equal(got.fake, { removed: 0, weight: 1 });
  const clean = await evaluateVictim(data, null, how);
  assert.is(got.users, clean.users);
});

const kept = { removed: 0, weight: 1 };
const runsOf = (seed: number, shift: number): DefenceRuns => ({
  plain: { clean: run(seed, 0.1, 0.3), attacked: run(seed, 0.4 + shift, 0.28) },
  defended: {
    clean: { ...run(seed, 0.1, 0.25), genuine: kept, fake: kept },
    attacked: {
      ...run(seed, 0.15, 0.26 + shift),
      genuine: { removed: 2 + 100 * shift, weight: 0.9 },
      fake: { removed: 1, weight: 0.5 },
    },
  },
});

test('the summary pairs victims of the same seed, and its sentences are its numbers', async () => {
  const summary = summaryOf([runsOf(1, 0), runsOf(2, 0.02)]);
  const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a}, not ${b}`);
  close(summary.change.attacked.targetHitRate.mean, -0.26);
  close(summary.change.clean.recall.mean, -0.05);
  close(summary.change.clean.recall.margin, 0);
  close(summary.genuine.removed, 3);
  assert.equal(
    summary.rows.map(({ defended, attacked }) => [defended, attacked]),
    [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ],
  );
  const outcome = {
    ...summary,
    data: 'a <b>',
    defence: 'filtering',
    about: 'drops',
    victim: 'item-cf',
    fakes: 'fakes.npz',
    users: { genuine: 30, fake: 4 },
    k: 5,
    seeds: [1, 2],
    command: 'npx hypertape defend',
  };
  const [hits, recall, users] = findings(outcome);
  assert.match(
    hits,
    /TargetHR@5 by -0\.2600 ± 0\.1271; .*lifts it by 0\.3100 undefended and by 0\.0500/,
  );
  assert.match(recall, /by -0\.0500 ± 0\.0000 without an attack, and by -0\.0100/);
  assert.match(
    users,
    /removes 3\.0 of 30 genuine users and 1\.0 of 4 fake ones; they count 90\.0 % and 50\.0 %/,
  );
  // An attack that lowers the hits lifts nothing.
  const fallen = outcome.rows.map((row) => {
    const { targetHitRate } = row.mean;
    const low = { ...targetHitRate, mean: row.attacked ? 0 : targetHitRate.mean };
    return { ...row, mean: { ...row.mean, targetHitRate: low } };
  });
  assert.match(
    findings({ ...outcome, rows: fallen })[0],
    /the attack changes it by -0\.\d{4} undefended and by -0\.\d{4} defended\./,
  );
  const html = await defenceReport(outcome);
  assert.match(html, 'victims of seeds 1, 2.');
  assert.match(html, 'Means over seeds with 95 % intervals');
  assert.match(
    await defenceReport({ ...outcome, seeds: [1] }),
    /victims of seed 1\.[^]*Of one seed/,
  );
  assert.not.match(html, /<script|<b>/);
  for (const text of [
    'a &lt;b&gt;',
    'defended, attacked',
    '0.4100 ±',
    'npx hypertape defend',
    '<svg',
  ]) {
    assert.ok(html.includes(text), text);
  }
});

test.run();
