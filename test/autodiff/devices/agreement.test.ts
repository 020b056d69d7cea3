/**
 * @file The devices that run in Node against each other on random graphs. `GRAPHS` is how many of
 * them, `GRAPHS_SEED` what they are drawn from.
 */

import './simd/wasm/relaxed-flag.ts';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openSimd } from '../../../src/autodiff/devices/simd/simd.ts';
import { openDevice } from '../../../src/autodiff/index.ts';
import { seed } from '../draw.ts';
import { type Contestant, checkGraph, type Tally } from './agreement.ts';
import { ieee } from './bounded.ts';
import { graphs } from './graphs.ts';
import { simdAccuracy } from './simd/accuracy.ts';

const count = Number(process.env.GRAPHS ?? 300);

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

test(`${count} random graphs and their derivatives agree on all devices`, async () => {
  const contestants = await openAll();
  const tally: Tally = { cells: 0, vague: 0 };
  const property = fc.asyncProperty(graphs, (graph) => checkGraph(graph, contestants, tally));
  const from = Number(process.env.GRAPHS_SEED ?? seed);
  await fc.assert(property, { seed: from, numRuns: count }).catch((error: Error) => {
    throw new Error(`${error.message}\n${(error.cause as Error)?.stack ?? ''}`);
  });
  assert.ok(tally.cells > 100 * count, `${tally.cells} cells`);
  assert.ok(tally.vague < tally.cells / 3, `${tally.vague} of ${tally.cells} cells are vague`);
  console.log(`${count} graphs, ${tally.cells} cells, ${tally.vague} of them without a bound`);
  for (const { device } of contestants) await device.dispose();
});

test.run();
