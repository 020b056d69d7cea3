/** @file Outputs of the `simd` device on different numbers of threads, compared bit for bit. */

import * as assert from 'uvu/assert';
import type { Device } from '../../../../../src/autodiff/devices/device.ts';
import { openSimd } from '../../../../../src/autodiff/devices/simd/simd.ts';
import { readAll, type Tensor } from '../../../../../src/autodiff/index.ts';

const counts = [1, 2, 4];

/** Opens `simd` on 1, 2 and 4 threads, with relaxed SIMD and without. */
export async function withDevices(
  run: (devices: readonly Device[]) => Promise<void>,
): Promise<void> {
  for (const relaxed of [false, true]) {
    const devices = await Promise.all(counts.map((threads) => openSimd({ threads, relaxed })));
    try {
      await run(devices);
    } finally {
      for (const device of devices) await device.dispose();
    }
  }
}

/** Workers come up while the first kernels run without them: several rounds, so that they help. */
export async function expectEqualBits(devices: readonly Device[], outputs: Tensor[], rounds = 1) {
  const [alone, ...others] = devices;
  const expected = await readAll(outputs, { device: alone });
  for (const device of others) {
    for (let round = 0; round < rounds; round++) {
      const got = await readAll(outputs, { device });
      outputs.forEach((_, i) => {
        const [a, b] = [expected[i], got[i]].map((x) => new Uint32Array(x.buffer));
        const wrong = a.findIndex((bits, cell) => bits !== b[cell]);
        assert.is(wrong, -1, `output ${i} differs at cell ${wrong}`);
      });
    }
  }
}
