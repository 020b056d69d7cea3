/** @file The page that compares a device of the browser with `reference` on random graphs. */

import { type Device, openDevice } from '../../src/autodiff/index.ts';
import { checkGraph, type Tally } from '../autodiff/devices/agreement.ts';
import { type Accuracy, wgsl } from '../autodiff/devices/bounded.ts';
import type { Graph } from '../autodiff/devices/graphs.ts';
import { checkClaim, claimNames } from '../autodiff/devices/saturation.ts';
import { simdAccuracy } from '../autodiff/devices/simd/accuracy.ts';

let device: Device;
let accuracy: Accuracy;
const tally: Tally = { cells: 0, vague: 0 };

/** What is wrong, or null. */
async function messageOf(check: () => Promise<void>): Promise<string | null> {
  try {
    await check();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * Roundings that shading languages may add to those of IEEE arithmetic: exp `3 + 2 |x|` ulp, at
 * 2 |x| for a tanh, and its quotient; a division 2.5 ulp; and the same again for a second factor.
 */
const shading = {
  roundings: (x: number) => 40 + 16 * Math.min(Math.abs(x), 104),
  // They flush denormal numbers, and 8 times what they flush, and have no NaN that one can rely on.
  floor: 2 ** -123,
  special: false,
};

const page = {
  open: async (name: string) => {
    device = await openDevice(name, { threads: 1 });
    accuracy = name === 'simd' ? simdAccuracy : wgsl;
    Object.assign(tally, { cells: 0, vague: 0 });
  },
  check: (graph: Graph) => messageOf(() => checkGraph(graph, [{ device, accuracy }], tally)),
  tally: () => tally,
  claimNames,
  checkClaim: (claim: string, seed: number) =>
    messageOf(() =>
      checkClaim(device, claim, seed, accuracy === simdAccuracy ? undefined : shading),
    ),
  close: () => device.dispose(),
};

export type AgreementPage = typeof page;
Object.assign(globalThis, { page });
