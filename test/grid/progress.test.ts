import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Cell, type CellRecord, defineCell } from '../../src/grid/index.ts';
import { Ledger } from '../../src/grid/ledger.ts';
import { Pace } from '../../src/grid/progress.ts';
import { number } from './kinds.ts';

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
  // Of a running attack 40 of 100 seconds are over; one that is late needs as long as it has run.
  assert.is(pace.left(['victim'], [{ kind: 'attack', seconds: 40 }]), (15 + 60) / 2);
  assert.is(pace.left([], [{ kind: 'victim', seconds: 40 }]), 40 / 2);
  assert.is(
    pace.left([], [{ kind: 'victim', seconds: 15 }]),
    15 / 2,
    'never nothing but at the end',
  );
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

test('what earlier runs took is no work of this one', () => {
  const { now } = performance;
  let seconds = 0;
  performance.now = () => 1000 * seconds;
  try {
    const cells = [0, 1, 2, 3, 4, 5].map((value) => defineCell(number, { value }));
    const ledger = new Ledger(4);
    for (const cell of cells) ledger.set(cell, 'open');
    const end = (cell: Cell, took: number) => {
      ledger.end(cell);
      ledger.succeed(cell, { seconds: took } as CellRecord);
    };
    // It was ended after ten hours, and goes on for a minute.
    ledger.set(cells[0], 'running');
    ledger.begin(cells[0]);
    seconds = 60;
    end(cells[0], 36_060);
    assert.is(ledger.status().rate, 1 / 60);
    assert.is(ledger.status().secondsLeft, 5 * 36_060);
    // Collected from a queue, where an earlier run has put it.
    ledger.set(cells[1], 'running');
    end(cells[1], 36_060);
    assert.is(ledger.status().rate, 1 / 60);
    assert.is(ledger.status().secondsLeft, 4 * 36_060);
  } finally {
    performance.now = now;
  }
});

test.run();
