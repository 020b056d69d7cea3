/**
 * @file The devices of Chromium against `reference` on random graphs, and on functions that
 * saturate. `GRAPHS` is how many graphs, `GRAPHS_SEED` what they are drawn from.
 */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Graph, graphs } from '../autodiff/devices/graphs.ts';
import { seed } from '../autodiff/draw.ts';
import type { AgreementPage } from './agreement-page.ts';
import { type OpenPage, openPage } from './chromium.ts';

declare const page: AgreementPage;

const count = Number(process.env.GRAPHS ?? 25);
const from = Number(process.env.GRAPHS_SEED ?? seed);

/** What was wrong on the GPU of an H100, or did not compile. */
const found = (
  [
    // A sum of two whole constants before a choice did not compile.
    {
      inputs: [
        { shape: [], fill: 'ties', seed: 86441 },
        { shape: [4], fill: 'ties', seed: 813547 },
      ],
      steps: [
        { op: 30, a: 0, b: 0, c: 5, n: 2, m: 7 },
        { op: 31, a: 3, b: 1, c: 0, n: 5, m: 6 },
        { op: 66, a: 3, b: 3, c: 5, n: 6, m: 6 },
        { op: 41, a: 1, b: 0, c: 2, n: 6, m: 8 },
        { op: 48, a: 1, b: 1, c: 1, n: 6, m: 6 },
        { op: 40, a: 3, b: 3, c: 1, n: 3, m: 1 },
        { op: 50, a: 3, b: 2, c: 3, n: 7, m: 0 },
      ],
      order: 2,
    },
    // A row of the constant 2^-126 was normalised to 2^-31: its square was taken before its scale.
    {
      inputs: [{ shape: [1], fill: 'saturated', seed: 61573 }],
      steps: [
        { op: 36, a: 0, b: 0, c: 0, n: 8, m: 0 },
        { op: 64, a: 0, b: 0, c: 0, n: 5, m: 6 },
      ],
      order: 2,
    },
    // A product with rows in reverse, below a condition, read other rows by WebGL2.
    {
      inputs: [
        { shape: [2, 17], fill: 'saturated', seed: 770758 },
        { shape: [5], fill: 'ties', seed: 412781 },
      ],
      steps: [
        { op: 77, a: 0, b: 5, c: 2, n: 6, m: 9 },
        { op: 51, a: 1, b: 5, c: 3, n: 4, m: 0 },
        { op: 79, a: 2, b: 4, c: 2, n: 7, m: 2 },
      ],
      order: 2,
    },
    {
      inputs: [{ shape: [3], fill: 'ties', seed: 2 }],
      steps: [
        { op: 42, a: 2, b: 4, c: 5, n: 5, m: 4 },
        { op: 79, a: 1, b: 0, c: 5, n: 2, m: 2 },
      ],
      order: 2,
    },
  ] satisfies readonly Omit<Graph, 'addresses' | 'returned'>[]
).map((graph): Graph => ({ ...graph, addresses: { count: 1, seed: 0 }, returned: 'none' }));

async function onPage(name: string, run: (browser: OpenPage) => Promise<void>): Promise<void> {
  const browser = await openPage('test/browser/agreement-page.ts');
  try {
    await browser.page.evaluate((device) => page.open(device), name);
    await run(browser);
    await browser.page.evaluate(() => page.close());
  } finally {
    await browser.close();
  }
}

for (const name of ['simd', 'gpujs:webgpu', 'gpujs:webgl2']) {
  test(`${name} agrees with reference on ${count} random graphs`, () =>
    onPage(name, async (browser) => {
      const failures: string[] = [];
      for (const graph of [...found, ...fc.sample(graphs, { seed: from, numRuns: count })]) {
        const failure = await browser.page.evaluate((given) => page.check(given), graph);
        if (failure) failures.push(failure);
      }
      const { cells, vague } = await browser.page.evaluate(() => page.tally());
      console.log(`${name}: ${count} graphs, ${cells} cells, ${vague} of them without a bound`);
      assert.is(
        failures.length,
        0,
        `${failures.length} failed:\n${failures.slice(0, 5).join('\n')}`,
      );
    }));

  test(`${name} keeps the relative accuracy of saturating functions`, () =>
    onPage(name, async (browser) => {
      const failures: string[] = [];
      for (const claim of await browser.page.evaluate(() => page.claimNames)) {
        const failure = await browser.page.evaluate(
          ([what, drawn]) => page.checkClaim(what as string, drawn as number),
          [claim, from],
        );
        if (failure) failures.push(failure);
      }
      assert.is(failures.length, 0, failures.join('\n'));
    }));
}

test.run();
