/** @file A loop that only awaits the library never runs out on values that nobody holds. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OutOfMemory } from '../../../src/autodiff/devices/device.ts';
import { openSimd } from '../../../src/autodiff/devices/simd/simd.ts';
import {
  add,
  compile,
  type Device,
  evaluate,
  hypergradient,
  mul,
  scope,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';

const cells = 1e6;
const limit = 60e6;

/** Runs on a device that holds fifteen values of these cells. */
async function onSmallDevice(run: (device: Device, x: Tensor) => Promise<void>): Promise<void> {
  const device = await openSimd({ threads: 1, memoryLimit: limit });
  await run(device, tensor(new Float32Array(cells).fill(1)));
  await device.dispose();
}

/** Turns that make several times as many bytes as the device may hold. */
const turns = Math.ceil((6 * limit) / (4 * cells));

test('results of compile and evaluate that are dropped make room', () =>
  onSmallDevice(async (device, x) => {
    const next = compile((at: Tensor) => add(at, 1), { device });
    let value = x;
    for (let i = 0; i < turns; i++) value = await next(value);
    assert.is((await value.data())[cells - 1], 1 + turns);
    for (let i = 0; i < turns; i++) value = await evaluate(sub(value, 1), { device });
    assert.is((await value.data())[0], 1);
  }));

test('so do constants, which are uploaded', () =>
  onSmallDevice(async (device) => {
    for (let i = 0; i < turns; i++) {
      const [total] = await evaluate([sum(tensor(new Float32Array(cells).fill(i)))], { device });
      assert.is(await total.item(), i * cells);
    }
  }));

test('so do gradients of hypergradient', () =>
  onSmallDevice(async (device, x) => {
    const start = tensor(new Float32Array(cells).fill(1));
    for (let i = 0; i < turns / 2; i++) {
      const { gradient } = await hypergradient(
        {
          inputs: { rates: x },
          init: () => ({ w: start }),
          step: ({ w }: { w: Tensor }, at: { rates: Tensor }) => ({ w: mul(w, at.rates) }),
          objective: ({ w }: { w: Tensor }) => sum(square(w)),
          steps: 2,
        },
        { device },
      );
      // d/dr of (r²)² is 4 r³.
      assert.is((await gradient.rates.data())[7], 4);
    }
  }));

test('what is held is not made room of: there is an error, and the values stay', () =>
  onSmallDevice(async (device, x) => {
    const held: Tensor[] = [];
    try {
      for (let i = 0; i < turns; i++) held.push(await evaluate(add(x, i), { device }));
      assert.unreachable('more than the limit fits');
    } catch (error) {
      assert.instance(error, OutOfMemory);
      assert.is((error as Error).name, 'DeviceError');
      assert.match((error as Error).message, /4 MB more do not fit: .* of at most 60 MB/);
    }
    assert.ok(held.length >= 10, `${held.length} values fit`);
    for (const [i, value] of held.entries()) assert.is((await value.data())[5], 1 + i);
  }));

test('a scope ends what it holds at once, also where it fails', () =>
  onSmallDevice(async (device, x) => {
    await evaluate(add(x, 0), { device });
    const before = () => device.memory?.().held ?? 0;
    const total = await scope(async (hold) => {
      const { y } = hold({ y: await evaluate(add(x, 1), { device }) });
      return hold(await evaluate(sum(y), { device })).item();
    });
    assert.is(total, 2 * cells);
    const start = before();
    for (let i = 0; i < 3; i++) {
      await scope(async (hold) => {
        hold(await evaluate(add(x, 1), { device }));
        assert.ok(before() >= start + 4 * cells);
        throw new Error('on the way');
      }).catch((error) => assert.is(error.message, 'on the way'));
      assert.is(before(), start);
    }
  }));

test.run();
