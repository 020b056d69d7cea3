/** @file What a strict Content-Security-Policy must allow for each device, as the README says. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openPage } from './chromium.ts';
import type { PolicyPage } from './policy-page.ts';

declare const page: PolicyPage;

const gpu = ['gpujs:webgpu', 'gpujs:webgl2', 'gpujs:webgl'];
const webAssembly = ['simd', 'gpujs:webasm'];
const evaluated = ['gpujs:cpu', 'reference'];

const policies = [
  { policy: "script-src 'self'", devices: gpu, startsWorkers: false },
  {
    policy: "script-src 'self' 'wasm-unsafe-eval'",
    devices: [...gpu, ...webAssembly],
    startsWorkers: false,
  },
  {
    policy: "script-src 'self' 'wasm-unsafe-eval'; worker-src blob:",
    devices: [...gpu, ...webAssembly],
    startsWorkers: true,
  },
  {
    policy: "script-src 'self' 'unsafe-eval'; worker-src blob:",
    devices: [...gpu, ...webAssembly, ...evaluated],
    startsWorkers: true,
  },
];

/** One error, which names the device and the directive. */
const refused = (device: string, directive: string) =>
  new RegExp(`^${device}: the Content-Security-Policy refuses .* script-src '${directive}'`);

for (const { policy, devices, startsWorkers } of policies) {
  test(`under ${policy} these devices compute: ${devices}`, async () => {
    const browser = await openPage('test/browser/policy-page.ts', { isolated: true, policy });
    try {
      const { results, refusedBy } = await browser.page.evaluate(() => page.outcome);
      const right = Object.keys(results).filter((name) => results[name] === -2);
      assert.equal(right.sort(), [...devices].sort(), JSON.stringify(results));
      for (const name of evaluated) {
        if (!right.includes(name)) assert.match(`${results[name]}`, refused(name, 'unsafe-eval'));
      }
      for (const name of webAssembly) {
        if (!right.includes(name))
          assert.match(`${results[name]}`, refused(name, 'wasm-unsafe-eval'));
      }
      // Where workers are refused, `simd` computes on the calling thread alone.
      assert.is(refusedBy.includes('worker-src'), !startsWorkers);
    } finally {
      await browser.close();
    }
  });
}

test.run();
