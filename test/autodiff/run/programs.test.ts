/** @file The cache of programs: shared by structure, disposed of when evicted and not in use. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device, Program } from '../../../src/autodiff/devices/device.ts';
import {
  add,
  compile,
  compiledPlans,
  openDevice,
  readAll,
  setDefaultDevice,
  type Tensor,
  tensor,
} from '../../../src/autodiff/index.ts';
import { prepare, Replay } from '../../../src/autodiff/run/computation.ts';
import { trace } from '../../../src/autodiff/run/trace.ts';

/** The reference device, with an account of the programs that were disposed of. */
async function accounting() {
  const reference = await openDevice('reference');
  const disposed: Program[] = [];
  const device: Device = {
    ...reference,
    compile: async (plan) => {
      const program = await reference.compile(plan);
      const counted: Program = {
        run: (inputs) => {
          assert.not.ok(disposed.includes(counted), 'a program runs after its disposal');
          return program.run(inputs);
        },
        dispose: () => {
          disposed.push(counted);
        },
      };
      return counted;
    },
  };
  return { device, disposed };
}

const doubled = (x: Tensor) => add(x, x);

test('graphs of one structure share a program, and more than 512 evict the oldest', async () => {
  const { device, disposed } = await accounting();
  const run = async (size: number) => {
    const [numbers] = await readAll(
      await compile(doubled, { device })(tensor(new Array(size).fill(1))),
    );
    assert.is(numbers.length, size);
  };
  for (let size = 1; size <= 512; size++) await run(size);
  await run(1);
  assert.is(compiledPlans(device), 512);
  assert.is(disposed.length, 0);
  await run(513);
  assert.is(disposed.length, 1);
  // The oldest was that of size 2, since 1 was used again.
  await run(1);
  assert.is(compiledPlans(device), 513);
  await run(2);
  assert.is(compiledPlans(device), 514);
});

test('a program that is evicted while it is bound lives until it is released', async () => {
  const { device, disposed } = await accounting();
  const x = tensor([1, 2]);
  const { args, result } = trace(doubled, [x]);
  const replay = await Replay.bind(device, prepare(result, args));
  for (let size = 3; size <= 514; size++) {
    await compile(doubled, { device })(tensor(new Array(size).fill(1)));
  }
  assert.is(disposed.length, 0);
  const [output] = await replay.run([await device.upload(Float64Array.of(1, 2), 'real')]);
  assert.equal([...(await device.read(output))], [2, 4]);
  replay.release();
  await Promise.resolve();
  assert.is(disposed.length, 1);
});

test('reading numbers that exist uses no device', async () => {
  const refuse = () => {
    throw new Error('the default device was used');
  };
  const reference = await openDevice('reference');
  setDefaultDevice({ ...reference, upload: refuse, read: refuse, compile: refuse });
  assert.equal([...(await tensor([1, 2]).data())], [1, 2]);
  const computed = await compile(doubled, { device: reference })(tensor([3]));
  assert.is(await computed.item(), 6);
});

test.run();
