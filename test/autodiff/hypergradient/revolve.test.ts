/** @file The checkpointing schedule: every step reversed once, with the fewest steps run again. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { fewestAdvances, Revolve, reach } from '../../../src/autodiff/hypergradient/revolve.ts';
import { seed } from '../draw.ts';

function* schedule(from: number, to: number, checkpoints: number) {
  const revolve = new Revolve(from, to, checkpoints);
  yield* revolve.forward();
  yield* revolve.backward();
}

/** Follows a schedule and checks that each action is possible when it comes. */
function follow(from: number, to: number, checkpoints: number) {
  const held = new Set<number>();
  let reached = from;
  let advances = 0;
  let mostHeld = 0;
  const reversed: number[] = [];
  const known = (state: number) => held.has(state) || state === reached;
  for (const action of schedule(from, to, checkpoints)) {
    if (action.kind === 'hold') {
      assert.is(action.state, reached);
      assert.not(held.has(action.state));
      held.add(action.state);
    } else if (action.kind === 'release') {
      assert.ok(held.delete(action.state), `state ${action.state} is released and not held`);
    } else if (action.kind === 'advance') {
      // The sweep advances from held states only: those just reached are used up by a reversal.
      assert.ok(held.has(action.from), `state ${action.from} is not held`);
      assert.ok(action.to > action.from && action.to < to);
      advances += action.to - action.from;
      reached = action.to;
    } else {
      assert.ok(known(action.step), `state ${action.step} is not there`);
      reversed.push(action.step);
    }
    mostHeld = Math.max(mostHeld, held.size);
  }
  assert.is(held.size, 0);
  return { advances, mostHeld, reversed };
}

const best = new Map<string, number>();

/** The fewest advances by dynamic programming over where the next checkpoint goes. */
function optimum(steps: number, checkpoints: number): number {
  if (steps <= 1) return 0;
  if (checkpoints === 1) return (steps * (steps - 1)) / 2;
  const key = `${steps},${checkpoints}`;
  let least = best.get(key);
  if (least === undefined) {
    least = Number.POSITIVE_INFINITY;
    for (let middle = 1; middle < steps; middle++) {
      const cost = middle + optimum(steps - middle, checkpoints - 1) + optimum(middle, checkpoints);
      least = Math.min(least, cost);
    }
    best.set(key, least);
  }
  return least;
}

test('any run is reversed in order, within its checkpoints, at the optimal cost', () => {
  const property = fc.property(
    fc.nat(20),
    fc.integer({ min: 0, max: 80 }),
    fc.integer({ min: 1, max: 12 }),
    (from, steps, checkpoints) => {
      const { advances, mostHeld, reversed } = follow(from, from + steps, checkpoints);
      const backwards = Array.from({ length: steps }, (_, i) => from + steps - 1 - i);
      assert.equal(reversed, backwards);
      assert.ok(mostHeld <= checkpoints);
      assert.is(advances, optimum(steps, checkpoints));
      if (steps > 0) assert.is(fewestAdvances(steps, checkpoints), advances);
    },
  );
  console.log(`seed: ${seed}`);
  fc.assert(property, { seed, numRuns: 400 });
});

test('every small case is optimal too', () => {
  for (let steps = 1; steps <= 24; steps++) {
    for (let checkpoints = 1; checkpoints <= 8; checkpoints++) {
      const { advances } = follow(0, steps, checkpoints);
      assert.is(advances, optimum(steps, checkpoints), `${steps} steps, ${checkpoints} states`);
    }
  }
});

test('a million steps are scheduled in time and stack that grow with the steps alone', () => {
  for (const checkpoints of [10, 1000, 1_000_000]) {
    const steps = 1_000_000;
    let [advances, reversed] = [0, 0];
    for (const action of schedule(0, steps, checkpoints)) {
      if (action.kind === 'advance') advances += action.to - action.from;
      if (action.kind === 'reverse') reversed++;
    }
    assert.is(reversed, steps);
    assert.is(advances, fewestAdvances(steps, checkpoints));
  }
});

test('the reach of checkpoints is the binomial coefficient of the paper', () => {
  assert.is(reach(3, 0), 1);
  assert.is(reach(3, 2), 10);
  assert.is(reach(5, 4), 126);
  assert.is(reach(5, -1), 0);
});

test('fewer than one checkpoint, or part of one, is a RangeError', () => {
  for (const checkpoints of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => [...schedule(0, 3, checkpoints)], /checkpoints: expected a whole number/);
  }
});

test.run();
