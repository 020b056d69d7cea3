import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Pace } from '../../src/grid/progress.ts';

/** A pace at a clock that the test moves. */
function paceAt(parallel: number) {
  const clock = { now: 100 };
  return { clock, pace: new Pace(parallel, () => clock.now) };
}

test('the time left is the mean seconds of each kind, shared by the cells at once', () => {
  const { clock, pace } = paceAt(2);
  assert.is(pace.left(['victim'], []), null, 'nothing is known yet');
  pace.learn('victim', 10);
  pace.learn('victim', 20);
  pace.learn('attack', 100);
  // Before any cell is done: 15 + 15 + 100 seconds, two at once.
  assert.is(pace.left(['victim', 'victim', 'attack'], []), 65);
  // Of a running attack 40 of 100 seconds are over; one that is 25 late needs as long again.
  assert.is(pace.left(['victim'], [{ kind: 'attack', seconds: 40 }]), (15 + 60) / 2);
  assert.is(pace.left([], [{ kind: 'victim', seconds: 40 }]), 25 / 2);
  // An unknown kind counts as the mean of all cells: 130 / 3.
  assert.is(pace.left(['detector'], []), 130 / 3 / 2);
  // 24 seconds of work in 16, 1.5 at once, then 30 seconds of work are left.
  clock.now += 16;
  pace.finish(14);
  assert.is(pace.left(['victim', 'victim'], [{ kind: 'attack', seconds: 10 }]), (30 + 90) / 1.5);
  assert.is(pace.rate, 1 / 16);
});

test('behind a queue the workers are counted by what they have done', () => {
  const { clock, pace } = paceAt(Number.POSITIVE_INFINITY);
  pace.learn('victim', 10);
  assert.is(pace.left(['victim'], []), null);
  clock.now += 10;
  pace.finish(10);
  pace.finish(10);
  pace.finish(10);
  assert.is(pace.left(['victim', 'victim', 'victim'], []), 10);
});

test.run();
