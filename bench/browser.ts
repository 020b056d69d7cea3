/** @file The devices of a browser: WebGPU and WebGL2 beside `simd` on the same page. */

import { hardware, openPage } from '../test/browser/chromium.ts';
import { type Benchmark, Skipped } from './benchmark.ts';
import type { BenchmarkPage, PlainRow } from './browser-page.ts';
import type { Row } from './timing.ts';

declare const page: BenchmarkPage;

/** Steps of training of an outer iteration, and how many times the paper's users and items. */
const hardwareSizes = [
  [10, 1],
  [100, 1],
  [10, 4],
  [10, 6],
];
/** In software a GPU takes minutes for more. */
const softwareSizes = [[2, 1]];

const rowOf = ({ timings, ...row }: PlainRow): Row => ({ ...row, timings: new Map(timings) });

export const browserBenchmark: Benchmark = {
  name: 'browser',
  about: 'products and outer iterations on the devices of Chromium; GPU=hardware for a GPU',
  async *rows({ threads, runs }) {
    const browser = await openPage('bench/browser-page.ts', { isolated: true }).catch((error) => {
      throw new Skipped(error.message);
    });
    try {
      const kinds: [name: string, device: string, threads: number][] = [
        ...(threads === 1 ? [1] : [1, threads]).map((n): [string, string, number] => [
          `simd-${n}`,
          'simd',
          n,
        ]),
        ['webgpu', 'gpujs:webgpu', 1],
        ['webgl2', 'gpujs:webgl2', 1],
      ];
      for (const kind of kinds) {
        const reason = await browser.page.evaluate((given) => page.open(...given), kind);
        if (reason) console.log(`left out: ${reason}`);
      }
      const reason = await browser.page.evaluate(() => page.openJax());
      if (reason) console.log(`jax-js is left out: ${reason}`);
      for (const n of [256, 1024]) {
        yield rowOf(
          await browser.page.evaluate((given) => page.product(given.n, given.runs), { n, runs }),
        );
      }
      for (const [steps, scale] of hardware ? hardwareSizes : softwareSizes) {
        yield rowOf(
          await browser.page.evaluate(
            (given) => page.outerIteration(given.steps, given.scale, given.runs),
            { steps, scale, runs },
          ),
        );
      }
    } finally {
      await browser.close();
    }
  },
};
