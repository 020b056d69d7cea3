/** @file The collector frees no buffer that a computation still reads, optimised code or not. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device, DeviceBuffer } from '../../../src/autodiff/devices/device.ts';
import type { Tensor } from '../../../src/autodiff/index.ts';

// Optimised code keeps alive what it still reads and nothing more, so all of it is optimised here.
setFlagsFromString('--expose-gc');
setFlagsFromString('--always-turbofan');
const collect = runInNewContext('gc') as () => void;
const { add, compile, exp, openDevice, readAll, tensor } = await import(
  '../../../src/autodiff/index.ts'
);

/** The reference device, on which compiling takes a while, and reads of freed buffers are errors. */
async function slowly(): Promise<Device> {
  const device = await openDevice('reference');
  const freed = new Set<DeviceBuffer>();
  return {
    ...device,
    free: (buffer) => freed.add(buffer),
    compile: async (plan) => {
      // Freeing what was collected is a task of its own.
      for (let round = 0; round < 5; round++) {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const program = await device.compile(plan);
      const run = async (inputs: readonly DeviceBuffer[]) => {
        assert.not.ok(inputs.some((buffer) => freed.has(buffer)));
        return program.run(inputs);
      };
      return { run, dispose: () => program.dispose() };
    },
  };
}

const drawn = (length: number) => tensor(Float64Array.from({ length }, (_, i) => i));

test('arguments that nobody else holds outlive the compilation of what reads them', async () => {
  const device = await slowly();
  const doubled = compile((x: Tensor) => add(x, x), { device });
  for (const length of [1, 2, 3]) assert.is((await doubled(drawn(length))).size, length);
});

test('so do the constants of a graph', async () => {
  const device = await slowly();
  for (const length of [1, 2, 3]) {
    const [numbers] = await readAll(exp(drawn(length)), { device });
    assert.is(numbers.length, length);
  }
});

test.run();
