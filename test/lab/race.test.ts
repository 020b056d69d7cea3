/** @file What the race compares on each problem. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { presetSettings } from '../../src/lab/index.ts';
import { labProblem } from '../../src/lab/problems/registry.ts';
import { type RaceRow, race } from '../../src/lab/session/race.ts';
import { Session } from '../../src/lab/session/session.ts';

const { signal } = new AbortController();

/** The rows of a problem's race. */
async function rowsOf(name: string, knobs: Readonly<Record<string, number>>): Promise<RaceRow[]> {
  const preset = presetSettings(labProblem(name));
  const session = await Session.open({ ...preset, knobs: { ...preset.knobs, ...knobs } });
  const rows: RaceRow[] = [];
  try {
    await session.next(signal);
    await race(session, { signal, tell: (row) => rows.push(row as RaceRow) });
  } finally {
    await session.close();
  }
  return rows;
}

test('where the loss of the training is known its Hessian is solved with, and all agree', async () => {
  const rows = await rowsOf('cleaning', { steps: 20 });
  const methods = rows.map(({ method }) => method);
  assert.is(new Set(methods).size, methods.length);
  for (const name of ['exact()', 'exact({ checkpoints: 5 })', 'forward()', 'cg({', 'direct()']) {
    assert.ok(
      methods.some((method) => method.includes(name)),
      `${methods}`,
    );
  }
  for (const row of rows) {
    if ('refused' in row) throw new Error(`${row.method} is refused: ${row.refused}`);
    // Both are the exact gradient up to the rounding of 20 steps on 120 points to f32.
    if (/^(exact|forward)/.test(row.method)) assert.ok(row.error < 20 * 120 * 2 ** -24);
  }
});

test('many inputs are not trained for one by one, and no Hessian is asked for without a loss', async () => {
  const methods = (await rowsOf('maml', { steps: 2 })).map(({ method }) => method);
  assert.ok(methods.includes('truncated(1)'));
  for (const name of ['forward', 'finiteDifferences', 'cg', 'direct']) {
    assert.not.ok(methods.some((method) => method.includes(name)));
  }
});

test.run();
