/** @file The state of the page over a worker: one that is replaced, answers that come late, kept runs. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAddress } from '../../src/lab/address.ts';
import type { RaceRow } from '../../src/lab/session/race.ts';
import { changed, workers } from './worker-in-node.ts';

const { LastingBench } = await import('../../src/lab/page/bench.ts');
const lab = await import('../../src/lab/page/lab.ts');

/** Opens an address on the page and plays it. */
async function opened(address: string): Promise<void> {
  const asked = parseAddress(address);
  await lab.open(asked, asked.look);
}

test('who holds the calls of a worker that is replaced calls the one in its place', async () => {
  changed.methods = { view: () => new Promise<never>(() => {}) };
  const bench = new LastingBench({ onNews: () => {}, onFailure: () => {} });
  changed.methods = {};
  const { open, next, view, detect } = bench.calls;
  const settings = parseAddress('problem=attack');
  await open(settings);
  const first = await next();
  const hanging = view(first.facts.steps).then(
    () => 'answered',
    (error) => (error as Error).name,
  );
  const old = workers.at(-1);
  await bench.clear();
  assert.is(await hanging, 'Stopped');
  assert.ok(old?.isTerminated && workers.at(-1) !== old);
  await open(settings);
  const again = await next();
  assert.is(again.value, first.value);
  assert.is((await view(again.facts.steps)).kind, 'latent');
  assert.is((await detect('svd-residual')).scores.length, 1000);
});

test('what was found out about an outer step is not shown under another, nor under another run', async () => {
  await opened('problem=learning-rate&iterations=0');
  const race = lab.calls.race();
  await race;
  const rows = lab.raceRows.value?.length ?? 0;
  assert.ok(rows > 5);
  const { value } = lab.toggled;
  assert.is(value, null);
  await lab.step();
  assert.is(lab.raceRows.value, null);

  // Rows that come while another run opens are of the run before.
  const left = lab.calls.race().catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 30));
  await opened('problem=learning-rate&seed=2&iterations=0');
  await left;
  assert.is(lab.raceRows.value, null);
  lab.raceRows.value = [{ method: 'exact()', refused: '' } satisfies RaceRow];
  assert.is(lab.raceRows.value.length, 1);
});

test('runs are kept by names of their own, and compared with those of their problem alone', async () => {
  await opened('problem=learning-rate&iterations=1&brush=2');
  lab.keep();
  await opened('problem=learning-rate&seed=3&iterations=1');
  lab.keep();
  const [first, second] = lab.keptHere.value;
  assert.equal(
    [first, second].map(({ address }) => address),
    ['problem=learning-rate&iterations=1', 'problem=learning-rate&seed=3&iterations=1'],
  );
  lab.kept.value = [second];
  lab.keep();
  const names = lab.keptHere.value.map(({ name }) => name);
  assert.is(new Set([first.name, ...names]).size, 3);
  await opened('problem=cleaning&iterations=0&steps=5');
  assert.is(lab.keptHere.value.length, 0);
  assert.is(lab.kept.value.length, 2);
});

test('steps that a training does not have are not looked at without a word', async () => {
  await opened('problem=cleaning&iterations=0&steps=20&at=21');
  assert.match(`${lab.trouble.value}`, /at: there are 20 training steps, got 21/);
  assert.is(lab.innerStep.value, 20);
  await opened('problem=cleaning&iterations=0&steps=20&brush=21');
  assert.match(`${lab.trouble.value}`, /brush: there are 20 training steps, got 21/);
  assert.is(lab.tau.value, 2);
  await opened('problem=cleaning&iterations=0&steps=20&brush=20&at=0');
  assert.equal([lab.trouble.value, lab.tau.value, lab.innerStep.value], [null, 20, 0]);
});

test.run();
