/** @file Long training loops on gpujs:webasm hold no more buffers, or memory, than short ones. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { liveBuffers } from '../../../src/autodiff/devices/gpujs/gpujs.ts';
import {
  adam,
  compiledPlans,
  evaluate,
  leaves,
  noData,
  openDevice,
  release,
  type Tree,
  tensor,
  train,
} from '../../../src/autodiff/index.ts';
import {
  epochBatches,
  initialFactors,
  type WrmfSgdOptions,
  wrmfSgd,
} from '../../../src/models/index.ts';
import { numbers } from '../../autodiff/devices/cases.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const [users, items, fakes, factors] = [40, 30, 6, 4];

function model(options: Partial<WrmfSgdOptions> & { steps: number }) {
  const indices = Int32Array.from({ length: users * 3 }, (_, i) => (i * 7) % items);
  const data = {
    rows: users,
    columns: items,
    indptr: Int32Array.from({ length: users + 1 }, (_, row) => 3 * row),
    indices,
    values: new Float64Array(indices.length).fill(1),
  };
  return wrmfSgd(data, {
    weight: 20,
    loss: 'implicit-zeros',
    optimizer: adam({ learningRate: 0.01 }),
    initial: initialFactors({ users, fakes, items, factors }, 0.1, 1),
    ...options,
  });
}

const poison = { fakes: tensor(numbers(fakes * items, 0, 1), [fakes, items]) };

/** Lets the collector finish: the callbacks that free buffers run in tasks of their own. */
async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function usedBytes(): Promise<number> {
  await settle();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

const growthAllowed = 4e6;

/** Runs `round` once to warm up and then again; nothing may have grown in between. */
async function expectSteady(round: () => Promise<number>): Promise<void> {
  const liveFirst = await round();
  const before = await usedBytes();
  const liveThen = await round();
  const grown = (await usedBytes()) - before;
  assert.is(liveThen, liveFirst, 'live buffers');
  assert.ok(grown < growthAllowed, `memory grew by ${grown} bytes`);
}

test('1,000 steps evaluated one by one, states released, hold one state', async () => {
  const device = await openDevice('gpujs:webasm');
  const { init, step } = model({ steps: 0 });
  await expectSteady(async () => {
    let state = await evaluate(init(poison), { device });
    const start = liveBuffers(device);
    let constants = 0;
    for (let i = 0; i < 500; i++) {
      const next = await evaluate(step(state, poison, noData), { device });
      release(state);
      state = next;
      // The first step uploads the data and the fake users.
      if (i === 0) constants = liveBuffers(device) - start;
      else assert.is(liveBuffers(device), start + constants, `after step ${i}`);
    }
    release(state);
    return liveBuffers(device);
  });
  assert.ok(compiledPlans(device) <= 3, `${compiledPlans(device)} plans`);
  await device.dispose();
});

test('states that are dropped are freed by the collector', async () => {
  const device = await openDevice('gpujs:webasm');
  const { init, step } = model({ steps: 0 });
  let state: ReturnType<typeof init> = await evaluate(init(poison), { device });
  const run = async (steps: number) => {
    for (let i = 0; i < steps; i++) {
      state = await evaluate(step(state, poison, noData), { device });
    }
    await settle();
    return liveBuffers(device);
  };
  assert.is(await run(200), await run(200));
  await device.dispose();
});

for (const batches of [undefined, epochBatches(users + fakes, 16, 334, 1)]) {
  const steps = batches ? 1002 : 1000;
  test(`${steps} steps of train ${batches ? 'on minibatches ' : ''}leave one state`, async () => {
    const device = await openDevice('gpujs:webasm');
    const training = model(batches ? { steps, batches } : { steps });
    await expectSteady(async () => {
      const last = await train(training, poison, device);
      await settle();
      const live = liveBuffers(device);
      assert.ok(live < leaves(last as Tree).length + 40, `${live} buffers`);
      release(last);
      return liveBuffers(device);
    });
    await device.dispose();
  });
}

test.run();
