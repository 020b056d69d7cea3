/** @file Training as users see it: what is traced, what `train` reports, when it ends. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  add,
  exact,
  hypergradient,
  mul,
  openDevice,
  readAll,
  release,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  train,
} from '../../../src/autodiff/index.ts';
import { failure } from '../../data/temporary.ts';

const device = await openDevice('reference');

/** w <- w + 0.5 (target - w) from 0: after n steps w is (1 - 2^-n) of the target. */
function counted(steps: number) {
  const calls = { init: 0, step: 0, objective: 0 };
  const problem = {
    inputs: { target: tensor([2, -4]) },
    init: () => {
      calls.init++;
      return { w: tensor([0, 0]) };
    },
    step: ({ w }: { w: Tensor }, { target }: { target: Tensor }) => {
      calls.step++;
      return { w: add(w, mul(0.5, sub(target, w))) };
    },
    steps,
    objective: ({ w }: { w: Tensor }) => {
      calls.objective++;
      return sum(square(w));
    },
  };
  return { problem, calls };
}

test('a run traces init and objective once and step twice, whatever its steps and checkpoints', async () => {
  for (const method of [exact(), exact({ checkpoints: 2 })]) {
    const { problem, calls } = counted(9);
    await hypergradient(problem, { device, method });
    // The step once more, to see that it records the same.
    assert.equal(calls, { init: 1, step: 2, objective: 1 });
  }
});

test('train reports states at intervals and at the end, and ends where it is told to', async () => {
  const seen: [number, number][] = [];
  const { problem } = counted(7);
  const first = async ({ w }: { w: Tensor }) => (await readAll(w))[0][0];
  const last = await train(problem, problem.inputs, device, {
    every: 3,
    onState: async (state, done) => {
      seen.push([done, await first(state)]);
      return false;
    },
  });
  const expected = (n: number) => 2 * (1 - 0.5 ** n);
  assert.equal(
    seen,
    [3, 6, 7].map((n) => [n, expected(n)]),
  );
  assert.is(await first(last), expected(7));
  const stopped = await train(problem, problem.inputs, device, {
    every: 2,
    onState: (_state, done) => done === 4,
  });
  assert.is(await first(stopped), expected(4));
  release([last, stopped]);
});

test('train ends at true alone, and refuses what is no answer', async () => {
  const { problem } = counted(4);
  const log: number[] = [];
  const end = await train(problem, problem.inputs, device, {
    every: 1,
    onState: async (_state, done) => {
      log.push(done);
      return undefined;
    },
  });
  assert.equal(log, [1, 2, 3, 4]);
  release(end);
  const onState = ((_state: unknown, done: number) => log.push(done)) as never;
  const refused = train(problem, problem.inputs, device, { every: 1, onState });
  assert.match((await failure(refused)).message, /onState: expected true, false or nothing, got 5/);
  const misspelt = { ...problem, batches: () => [] };
  assert.match(
    (await failure(train(misspelt, problem.inputs, device))).message,
    /a training: unknown field batches; did you mean batch\?/,
  );
});

test('a state that train lends is not to be kept', async () => {
  const { problem } = counted(2);
  const lent: { w: Tensor }[] = [];
  await train(problem, problem.inputs, device, {
    every: 1,
    onState: (state) => {
      lent.push(state);
      return false;
    },
  });
  for (const { w } of lent) {
    const error = await readAll(w).catch((reason: Error) => reason);
    assert.match((error as Error).message, /train lent it/);
  }
});

test.run();
