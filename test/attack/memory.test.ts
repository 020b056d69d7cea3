/** @file Buffers: nothing is freed twice, read after it was freed, or left behind by a run. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DeviceBuffer } from '../../src/autodiff/devices/device.ts';
import {
  compile,
  type Device,
  directionalDerivative,
  type Estimator,
  evaluate,
  exact,
  exp,
  type HypergradientOptions,
  hypergradient,
  openDevice,
  partial,
  readAll,
  release,
  type Tensor,
  tensor,
  train,
  truncated,
} from '../../src/autodiff/index.ts';
import { fakeRows, inBlocks, optimizers, problem, variants } from './problems.ts';

/** What stops a run. */
type Stoppable = Required<Pick<HypergradientOptions, 'onProgress' | 'signal'>>;

/** The reference device with an account of the buffers that are out. */
async function counting() {
  const device = await openDevice('reference');
  const live = new Set<DeviceBuffer>();
  const expectLive = (buffer: DeviceBuffer, what: string) => {
    if (!live.has(buffer)) throw new Error(`${what} a buffer that is not live`);
  };
  const made = (buffer: DeviceBuffer) => {
    live.add(buffer);
    return buffer;
  };
  const counted: Device = {
    ...device,
    upload: async (data, kind) => made(await device.upload(data, kind)),
    read: (buffer) => {
      expectLive(buffer, 'reads');
      return device.read(buffer);
    },
    free: (buffer) => {
      expectLive(buffer, 'frees');
      live.delete(buffer);
    },
    compile: async (plan) => {
      const program = await device.compile(plan);
      const run = async (inputs: readonly DeviceBuffer[]) => {
        for (const buffer of inputs) expectLive(buffer, 'runs on');
        return (await program.run(inputs)).map(made);
      };
      return { run, dispose: () => program.dispose() };
    },
  };
  return { device: counted, live };
}

const steps = 5;
const methods: readonly Estimator[] = [
  exact(),
  exact({ checkpoints: 1 }),
  exact({ checkpoints: 3 }),
  truncated(2),
  truncated(4, { checkpoints: 2 }),
  partial(),
];

test('a hypergradient leaves its results and the uploads of its constants behind', async () => {
  const { device, live } = await counting();
  for (const { name, ...options } of variants) {
    const of = problem({ ...options, steps });
    const run = async (method: Estimator) => {
      const { gradient, state } = await hypergradient(of, { method, device });
      release({ gradient, state });
    };
    await run(exact());
    const constants = new Set(live);
    for (const method of methods) {
      await run(method);
      const left = [...live].filter((buffer) => !constants.has(buffer));
      assert.is(left.length, 0, `${name}, ${JSON.stringify(method)}: ${left.length} buffers left`);
    }
  }
});

test('a run that is stopped, wherever it is, leaves nothing behind', async () => {
  const { device, live } = await counting();
  const of = problem({ ...variants[0], steps });
  const stopAfter = (calls: number) => () => {
    if (--calls === 0) throw new Error('stopped');
  };
  const { gradient, state } = await hypergradient(of, { device });
  release([gradient, state]);
  const before = live.size;
  for (const method of methods) {
    for (let calls = 1; ; calls++) {
      const run = hypergradient(of, { method, device, onProgress: stopAfter(calls) });
      const outcome = await run.catch((error: Error) => error);
      if (!(outcome instanceof Error)) {
        release([outcome.gradient, outcome.state]);
        assert.ok(calls > steps, 'it was stopped after each of its steps');
        break;
      }
      assert.is(outcome.message, 'stopped');
      assert.is(live.size, before, `${JSON.stringify(method)} stopped after ${calls} calls`);
    }
  }
});

test('a signal stops a run after the step at hand, and leaves nothing behind', async () => {
  const { device, live } = await counting();
  const of = problem({ ...variants[0], steps });
  const { gradient, state } = await hypergradient(of, { device });
  release([gradient, state]);
  const before = live.size;
  const reason = new Error('enough');
  const stopped = async (run: (options: Stoppable) => Promise<unknown>, at: number) => {
    const controller = new AbortController();
    let calls = 0;
    const onProgress = () => {
      if (++calls === at) controller.abort(reason);
    };
    const error = await run({ onProgress, signal: controller.signal }).catch((e: Error) => e);
    assert.is(error, reason);
    assert.is(calls, at, 'no step after the one at hand');
    assert.is(live.size, before);
  };
  for (const method of methods) {
    // Steps forward, the objective and, but for `partial`, a step back.
    const last = method.name === partial().name ? steps + 1 : steps + 2;
    for (let at = 1; at <= last; at++) {
      await stopped((options) => hypergradient(of, { method, device, ...options }), at);
    }
  }
  for (let at = 1; at <= steps; at++) {
    await stopped((options) => train(of, of.inputs, device, options), at);
  }
  const early = AbortSignal.abort(reason);
  for (const run of [
    hypergradient(of, { device, signal: early }),
    train(of, of.inputs, device, { signal: early }),
  ]) {
    assert.is(await run.catch((e: Error) => e), reason);
  }
  assert.is(live.size, before);
});

test('training, forward mode and blocks leave nothing behind either', async () => {
  const { device, live } = await counting();
  const options = { model: 'item-ae', loss: 'dense', batches: false, steps } as const;
  const of = inBlocks({ ...options, optimizer: optimizers.adam });
  const direction = { fakes: fakeRows };
  const run = async () => {
    release(await train(of, of.inputs, device));
    await directionalDerivative(of, direction, { device });
    const { gradient, state } = await hypergradient(of, { device });
    release({ gradient, state });
  };
  await run();
  const before = live.size;
  await run();
  assert.is(live.size, before);
});

test('reading computed values frees what was computed for it, and no more', async () => {
  const { device, live } = await counting();
  const x = tensor([1, 2, 3]);
  await readAll([exp(x), x], { device });
  // The upload of x stays for as long as x does.
  assert.is(live.size, 1);
  const kept = await evaluate(exp(x), { device });
  assert.is(live.size, 2);
  const next = await compile((at: Tensor) => exp(at), { device })(kept);
  release(kept);
  assert.is((await readAll(next, { device }))[0].length, 3);
  assert.is(live.size, 2);
});

test.run();
