/** @file The campaign `browser`: random expression graphs on WebGPU and WebGL2 in Chromium. */

import { openPage } from '../../browser/chromium.ts';
import type { Campaign } from '../campaign.ts';
import { agreement, graphOf } from './draw.ts';
import type { GraphsPage } from './page.ts';

declare const graphsPage: GraphsPage;

const devices = ['gpujs:webgpu', 'gpujs:webgl2'];

/** Random expression graphs on WebGPU and WebGL2 in headless Chromium. */
export const browser: Campaign = {
  name: 'browser',
  module: import.meta.url,
  tries: 'The same graphs in headless Chromium, on WebGPU and WebGL2',
  oracle: `${agreement}, where the shading language has them`,
  short: 0,
  seconds: 120,
  heap: 500,
  casesOfProcess: 500,
  open: async (_folder, seed) => {
    const { page } = await openPage('test/campaign/graphs/page.ts');
    for (const name of devices) {
      await page.evaluate((device) => graphsPage.open(device), name);
    }
    return {
      total: 1000,
      name: (index) => JSON.stringify(graphOf(index, seed)),
      run: async (index) => {
        const graph = graphOf(index, seed);
        const fault = await page.evaluate((drawn) => graphsPage.check(drawn), graph);
        return fault ?? undefined;
      },
    };
  },
};
