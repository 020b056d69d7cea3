/** @file The conformance checks on the devices of a browser, in headless Chromium. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type OpenPage, openPage } from './chromium.ts';
import type { Page } from './page.ts';

declare const page: Page;

const devices = ['gpujs:webgpu', 'gpujs:webgl2'];
let browser: OpenPage;

test.before(async () => {
  browser = await openPage('test/browser/page.ts');
});

test.after(() => browser.close());

for (const name of devices) {
  test(`${name} is there`, async () => {
    const modes = await browser.page.evaluate(() => page.availableModes());
    assert.ok((modes as string[]).includes(name.split(':')[1]), `there are ${modes}`);
  });

  test(`${name} computes every case within its bound`, async () => {
    await browser.page.evaluate((device) => page.open(device), name);
    const names = await browser.page.evaluate(() => page.caseNames());
    const failures: string[] = [];
    for (let i = 0; i < names.length; i++) {
      const failure = await browser.page.evaluate((index) => page.check(index), i);
      if (failure) failures.push(failure);
    }
    assert.ok(names.length > 50, `${names.length} cases`);
    assert.is(failures.length, 0, `${failures.length} of ${names.length}:\n${failures.join('\n')}`);
  });
}

test('gpu.js printed no warning', async () => {
  assert.equal(await browser.page.evaluate(() => page.warnings()), []);
});

test.run();
