/** @file The tape of one step of the open problem: its numbers are those of the training. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readAll } from '../../src/autodiff/index.ts';
import { presetSettings } from '../../src/lab/index.ts';
import { labProblem, labProblems } from '../../src/lab/problems/registry.ts';
import { Session } from '../../src/lab/session/session.ts';
import { kernelDetails, tapeOfSession } from '../../src/lab/session/tape.ts';

const { signal } = new AbortController();
const opened = async (name: string, device = 'simd') => {
  const session = await Session.open({ ...presetSettings(labProblem(name)), device });
  await session.next(signal);
  return session;
};

test('the value of a step and the derivative of the objective in it: descent in a valley', async () => {
  const session = await opened('learning-rate', 'reference');
  const { tape } = tapeOfSession(session, 'step');
  const output = tape.outputs.find(({ name }) => name === 'at')?.node;
  const kernel = tape.kernels.findIndex(({ nodes }) => nodes[nodes.length - 1] === output);
  const step = 11;
  const { steps } = session.facts;
  const { value, gradient } = await kernelDetails(session, 'step', { kernel, step }, signal);
  const [rate, curvatures] = [session.last.inputs[0], [1, 10]];
  const way = await session.view(step + 1, signal);
  assert.is(way.kind, 'path');
  if (way.kind !== 'path') return;
  curvatures.forEach((curvature, axis) => {
    const place = way.path[2 * (step + 1) + axis];
    assert.ok(Math.abs(value.first[axis] - place) < 1e-6 * Math.abs(place));
    // The rest of the way shrinks the place by a factor, twice in the derivative of its square.
    const factor = (1 - rate * curvature) ** (steps - step - 1);
    const expected = curvature * value.first[axis] * factor ** 2;
    assert.ok(Math.abs((gradient?.first[axis] ?? 0) - expected) < 1e-6 * Math.abs(expected));
  });
  await session.close();
});

test('the last kernel of the way back gives the share of its step in the gradient', async () => {
  const session = await opened('cleaning', 'reference');
  const { tape } = tapeOfSession(session, 'way back');
  const output = tape.outputs.find(({ name }) => name === 'inputs.h')?.node;
  const kernel = tape.kernels.findIndex(({ nodes }) => nodes[nodes.length - 1] === output);
  for (const step of [0, 30]) {
    const { value } = await kernelDetails(session, 'way back', { kernel, step }, signal);
    const [expected] = await readAll(session.last.attribution.share(step));
    value.first.forEach((x, i) => {
      assert.ok(Math.abs(x - expected[i]) <= 1e-12 * Math.abs(expected[i]) + 1e-300);
    });
  }
  await session.close();
});

for (const { name } of labProblems) {
  test(`${name}: every card has its kernels, and a kernel its numbers and source`, async () => {
    const session = await opened(name);
    for (const view of ['step', 'way back'] as const) {
      const { tape, layout } = tapeOfSession(session, view);
      const cards = layout.panels.flatMap((panel) => panel.cards.map(({ card }) => card));
      const kernels = cards.flatMap((card) => card.kernels).sort((a, b) => a - b);
      assert.equal(
        kernels,
        tape.kernels.map(({ id }) => id),
      );
      for (const card of cards) {
        for (const other of card.across) {
          assert.not.equal(cards.find(({ id }) => id === other)?.phase, card.phase);
        }
      }
      const kernel = kernels[kernels.length - 1];
      const found = await kernelDetails(session, view, { kernel, step: 1 }, signal);
      assert.is(found.value.nonFinite, 0);
      assert.is(found.gradient !== undefined, view === 'step');
      assert.ok(found.source.plan.length > 0 && found.source.nests.length > 0);
    }
    await session.close();
  });
}

test.run();
