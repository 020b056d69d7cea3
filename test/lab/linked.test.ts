/** @file What links the panels of an attack: latent points, pulls of the gradient, ranks of users. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { presetSettings } from '../../src/lab/index.ts';
import { labProblem } from '../../src/lab/problems/registry.ts';
import { detect } from '../../src/lab/session/defend.ts';
import { Session } from '../../src/lab/session/session.ts';

const { signal } = new AbortController();
const session = await Session.open(presetSettings(labProblem('attack')));
const { gradient, facts } = await session.next(signal);
const [fakes, items] = facts.shape;

test('the pull of a fake user is the negative gradient times the factors of the items', async () => {
  const view = await session.view(facts.steps, signal);
  assert.is(view.kind, 'latent');
  if (view.kind !== 'latent') return;
  assert.is(view.pulls.length, 2 * fakes);
  // Places are those of the factors less their mean, so that the sum over items of -g times places
  // is the pull but for the sum of -g times one constant.
  const firstItem = view.users + view.fakes;
  for (const axis of [0, 1]) {
    const rests: { rest: number; total: number; size: number }[] = [];
    for (let fake = 0; fake < fakes; fake++) {
      let [sum, total, size] = [0, 0, 0];
      for (let item = 0; item < items; item++) {
        const g = -gradient[fake * items + item];
        const term = g * view.positions[2 * (firstItem + item) + axis];
        sum += term;
        total += g;
        size += Math.abs(term);
      }
      rests.push({ rest: view.pulls[2 * fake + axis] - sum, total, size });
    }
    const widest = rests.reduce((a, b) => (Math.abs(a.total) > Math.abs(b.total) ? a : b));
    const constant = widest.rest / widest.total;
    // Of 300 terms, each with some roundings to f32.
    const rounding = (size: number) => 300 * 2 ** -24 * size;
    for (const { rest, total, size } of rests) {
      const slack = Math.abs(total / widest.total) * rounding(widest.size) + rounding(size);
      assert.ok(Math.abs(rest - constant * total) <= slack);
    }
  }
});

test('ranks sort the users by their scores', async () => {
  const calling = { signal, tell: () => {} };
  const { ranks, scores, users } = await detect(session, 'popularity-likelihood', calling);
  assert.is(scores.length, users + fakes);
  const order = new Int32Array(scores.length).fill(-1);
  ranks.forEach((rank, user) => {
    order[rank] = user;
  });
  assert.not.ok(order.includes(-1));
  for (let i = 1; i < order.length; i++) assert.ok(scores[order[i - 1]] >= scores[order[i]]);
});

test('the detector that is shown at first tells fake users from genuine ones as they learn', async () => {
  for (let i = 0; i < 4; i++) await session.next(signal);
  const { look } = presetSettings(labProblem('attack'));
  const { auc, about } = await detect(session, look.detector, { signal, tell: () => {} });
  assert.ok(auc > 0.7, `${about}: ${auc}`);
});

test.after(() => session.close());
test.run();
