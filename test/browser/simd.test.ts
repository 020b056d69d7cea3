/** @file The `simd` device in headless Chromium: threads, and relaxed SIMD. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type OpenPage, openPage } from './chromium.ts';
import type { SimdPage } from './simd-page.ts';

declare const page: SimdPage;

async function onPage(isolated: boolean, run: (browser: OpenPage) => Promise<void>) {
  const browser = await openPage('test/browser/simd-page.ts', { isolated });
  try {
    assert.is(await browser.page.evaluate(() => page.isolated()), isolated);
    await run(browser);
  } finally {
    await browser.close();
  }
}

test('on a page that is cross-origin isolated two threads give the bits of one', () =>
  onPage(true, async ({ page: tab }) => {
    assert.ok((await tab.evaluate(() => page.availableThreads())) > 1);
    let workers = 0;
    tab.on('worker', () => workers++);
    assert.is(await tab.evaluate(() => page.differences(2, 1000)), 0);
    assert.is(workers, 1);
  }));

test('on a page that is not there is one thread, and more are an error that says why', () =>
  onPage(false, async ({ page: tab }) => {
    assert.is(await tab.evaluate(() => page.availableThreads()), 1);
    assert.is(await tab.evaluate(() => page.open(1)), null);
    const message = await tab.evaluate(() => page.open(2));
    assert.match(message ?? '', /2 threads need a page that is cross-origin isolated/);
  }));

test('every case is within its bound, with relaxed SIMD and without', () =>
  onPage(true, async ({ page: tab }) => {
    assert.ok(await tab.evaluate(() => page.hasRelaxedSimd()));
    assert.ok(await tab.evaluate(() => page.fuses()));
    for (const relaxed of [true, false]) {
      const { count, failures } = await tab.evaluate((on) => page.failures(on), relaxed);
      assert.ok(count > 70, `${count} cases`);
      assert.is(failures.length, 0, failures.join('\n'));
    }
  }));

test.run();
