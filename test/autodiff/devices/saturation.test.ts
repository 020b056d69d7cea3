/** @file Saturating functions keep their relative accuracy on every device that runs in Node. */

import './simd/wasm/relaxed-flag.ts';
import { test } from 'uvu';
import { openSimd } from '../../../src/autodiff/devices/simd/simd.ts';
import { openDevice } from '../../../src/autodiff/index.ts';
import { seed } from '../draw.ts';
import { checkClaim, claimNames } from './saturation.ts';

const devices = {
  reference: () => openDevice('reference'),
  'simd, relaxed': () => openSimd({ threads: 1, relaxed: true }),
  'simd, not relaxed': () => openSimd({ threads: 2, relaxed: false }),
  'gpujs:webasm': () => openDevice('gpujs:webasm'),
  'gpujs:cpu': () => openDevice('gpujs:cpu'),
};

for (const [name, open] of Object.entries(devices)) {
  test(`${name} keeps the relative accuracy of saturating functions`, async () => {
    const device = await open();
    for (const claim of claimNames) await checkClaim(device, claim, seed);
    await device.dispose();
  });
}

test.run();
