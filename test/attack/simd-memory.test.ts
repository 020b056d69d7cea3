/** @file Runs of recommenders on `simd`: nothing is left in its memory, or piles up. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSimd } from '../../src/autodiff/devices/simd/simd.ts';
import { type Device, exact, hypergradient, release, truncated } from '../../src/autodiff/index.ts';
import { optimizers, problem, variants } from './problems.ts';

const held = (device: Device): number => device.memory?.().held as number;

test('a run leaves what it returned and, until that is released, nothing else', async () => {
  const device = await openSimd({ threads: 2 });
  for (const options of variants) {
    const of = problem({ ...options, steps: 6 });
    for (const method of [exact(), exact({ checkpoints: 2 }), truncated(4, { checkpoints: 1 })]) {
      const run = async () => {
        const { gradient, state } = await hypergradient(of, { device, method });
        release([gradient, state]);
      };
      // The first run uploads constants, compiles programs and takes their workspace, which stay.
      await run();
      const before = held(device);
      await run();
      assert.is(held(device), before, `${options.name}, ${JSON.stringify(method)}`);
    }
  }
  await device.dispose();
});

test('the data of minibatches does not pile up while a run goes on', async () => {
  const device = await openSimd({ threads: 1 });
  const options = { model: 'wrmf', loss: 'implicit-zeros', batches: true } as const;
  const heldAfter: number[] = [];
  await hypergradient(problem({ ...options, optimizer: optimizers.adam, steps: 8 }), {
    device,
    method: truncated(1),
    onProgress: (phase) => phase === 'forward' && heldAfter.push(held(device)),
  });
  // From the second step on the states before and after one are there, and one step's data.
  const steady = heldAfter.slice(1, -1);
  assert.equal(steady, new Array(steady.length).fill(steady[0]));
  await device.dispose();
});

test.run();
