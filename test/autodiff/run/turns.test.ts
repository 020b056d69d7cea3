/** @file Long loops on devices that never wait: the event loop gets its turns. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mul, openDevice, release, Turns, tensor, train } from '../../../src/autodiff/index.ts';

test('a timer is heard while a training goes on, and ends it', async () => {
  const device = await openDevice('reference');
  const controller = new AbortController();
  const reason = new Error('time is up');
  setTimeout(() => controller.abort(reason), 100);
  let done = 0;
  const training = {
    init: () => tensor([1, 2]),
    step: (state: ReturnType<typeof tensor>) => mul(state, 1),
    steps: 1e9,
  };
  const onProgress = () => {
    done++;
  };
  const { signal } = controller;
  const error = await train(training, [], device, { signal, onProgress }).catch((e: Error) => e);
  assert.is(error, reason);
  assert.ok(done > 0 && done < 1e9);
});

test('without a signal a training ends as before', async () => {
  const device = await openDevice('reference');
  const training = {
    init: () => tensor([1, 2]),
    step: (state: ReturnType<typeof tensor>) => mul(state, 2),
    steps: 10,
  };
  const last = await train(training, [], device);
  assert.equal(await last.array(), [1024, 2048]);
  release(last);
});

test('an aborted signal is refused at once', async () => {
  const reason = new Error('no');
  assert.throws(
    () => new Turns(AbortSignal.abort(reason)),
    (error: Error) => error === reason,
  );
});

test.run();
