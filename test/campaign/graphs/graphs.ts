/** @file The campaign `graphs`: random expression graphs on all devices that run in Node. */

import '../../autodiff/devices/simd/wasm/relaxed-flag.ts';
import { openSimd } from '../../../src/autodiff/devices/simd/simd.ts';
import { openDevice } from '../../../src/autodiff/index.ts';
import { type Contestant, checkGraph } from '../../autodiff/devices/agreement.ts';
import { ieee } from '../../autodiff/devices/bounded.ts';
import { simdAccuracy } from '../../autodiff/devices/simd/accuracy.ts';
import type { Campaign } from '../campaign.ts';
import { agreement, graphOf } from './draw.ts';

async function openAll(): Promise<Contestant[]> {
  const simd = [
    await openSimd({ threads: 1, relaxed: false }),
    await openSimd({ threads: 2, relaxed: true }),
  ];
  const gpujs = [await openDevice('gpujs:webasm'), await openDevice('gpujs:cpu')];
  return [
    ...simd.map((device) => ({ device, accuracy: simdAccuracy })),
    ...gpujs.map((device) => ({ device, accuracy: ieee })),
  ];
}

/** Random expression graphs on all devices that run in Node. */
export const graphs: Campaign = {
  name: 'graphs',
  module: import.meta.url,
  tries:
    'Random graphs of all primitives with sizes from 0, ties, saturated and special numbers, on ' +
    '`simd` with one thread and with two, `gpujs:webasm` and `gpujs:cpu`',
  oracle: agreement,
  short: 60,
  seconds: 60,
  heap: 1500,
  casesOfProcess: 1000,
  open: async (_folder, seed) => {
    const contestants = await openAll();
    return {
      total: 10_000,
      name: (index) => JSON.stringify(graphOf(index, seed)),
      run: async (index) => {
        await checkGraph(graphOf(index, seed), contestants, { cells: 0, vague: 0 });
        return undefined;
      },
    };
  },
};
