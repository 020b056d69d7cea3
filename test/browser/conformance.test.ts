/** @file The conformance checks on the devices of a browser, in headless Chromium. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type OpenPage, openPage } from './chromium.ts';
import type { Page } from './page.ts';

declare const page: Page;

const devices = [
  { name: 'gpujs:webgpu', steps: true },
  { name: 'gpujs:webgl2', steps: true },
  { name: 'gpujs:webgl', steps: false },
];
let browser: OpenPage;

// Not a hook: uvu does not say why one failed.
test('Chromium opens the page', async () => {
  browser = await openPage('test/browser/page.ts');
});

test.after(() => browser?.close());

for (const { name, steps } of devices) {
  test(`${name} is there`, async () => {
    const modes = await browser.page.evaluate(() => page.availableModes());
    assert.ok((modes as string[]).includes(name.split(':')[1]), `there are ${modes}`);
    await browser.page.evaluate((device) => page.open(device), name);
  });

  test(`${name} computes every case within its bound`, async () => {
    const names = await browser.page.evaluate(() => page.caseNames());
    const count = names.length - (steps ? 0 : await browser.page.evaluate(() => page.stepCount));
    const failures: string[] = [];
    for (let i = 0; i < count; i++) {
      const failure = await browser.page.evaluate((index) => page.check(index), i);
      if (failure) failures.push(`${names[i]}: ${failure}`);
    }
    assert.ok(count > 70, `${count} cases`);
    assert.is(failures.length, 0, `${failures.length} of ${count}:\n${failures.join('\n')}`);
  });

  test(`${name} springs no trap of gpu.js`, async () => {
    for (const what of await browser.page.evaluate(() => page.trapNames)) {
      const failure = await browser.page.evaluate((trap) => page.checkTrap(trap), what);
      assert.is(failure, null, `${name} ${what}`);
    }
  });

  test(`${name} holds nothing after it is disposed of`, async () => {
    await browser.page.evaluate(() => page.close());
    assert.is(await browser.page.evaluate(() => page.liveBuffers()), 0);
  });
}

test('gpu.js printed no warning', async () => {
  assert.equal(await browser.page.evaluate(() => page.warnings()), []);
});

test.run();
