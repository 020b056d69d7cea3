/** @file What the page says that a gradient costs is what runs cost. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { presetSettings } from '../../src/lab/index.ts';
import { labProblem } from '../../src/lab/problems/registry.ts';
import { costsOf, measuredCosts } from '../../src/lab/session/costs.ts';
import { Session } from '../../src/lab/session/session.ts';

const { signal } = new AbortController();

test('the costs by the schedule are those of runs', async () => {
  const session = await Session.open(presetSettings(labProblem('learning-rate')));
  await session.next(signal);
  const { steps } = session.facts;
  // A place and a path of two numbers a step, in f32.
  const stateBytes = 4 * (2 + 2 * steps);
  for (const [tau, checkpoints] of [
    [0, 1],
    [1, steps],
    [7, 4],
    [steps, 29],
  ]) {
    const said = costsOf(session, { tau, checkpoints });
    const run = await measuredCosts(session, { tau, checkpoints }, signal);
    said.forEach((cost, i) => {
      const { seconds = 0, ...rest } = run[i];
      assert.equal(cost, rest);
      assert.ok(seconds > 0);
      assert.is(cost.heldBytes, cost.heldStates * stateBytes);
    });
    assert.equal(
      said.map(({ heldStates }) => heldStates),
      [steps, checkpoints, tau],
    );
  }
  await session.close();
});

test('all of the gradient of MAML comes through the start', async () => {
  const session = await Session.open(presetSettings(labProblem('maml')));
  const { initFraction, fractions, curve, facts } = await session.next(signal);
  assert.ok(Math.abs(initFraction - 1) < 1e-6);
  assert.ok(fractions.every((fraction) => fraction === 0));
  assert.is(curve.fraction[facts.steps - 1], 0);
  assert.is(curve.error[facts.steps], 0);
  await session.close();
});

test.run();
