/** @file The page in the README runs in a browser as it is, without a bundler. */

import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { blocksOf } from '../docs/pages.ts';
import { openSite } from './chromium.ts';

const html = blocksOf('README.md').find(({ language }) => language === 'html')?.text ?? '';
const folder = '/node_modules/hypertape/';

test('the page in the README prints a derivative', async () => {
  const browser = await openSite((path) => {
    if (!path.startsWith(folder)) return { type: 'text/html', body: html };
    return { type: 'text/javascript', body: readFileSync(path.slice(folder.length), 'utf8') };
  });
  try {
    const slope = browser.page.locator('#slope', { hasText: /\S/ });
    assert.is(await slope.textContent({ timeout: 20_000 }), 'd(x²)/dx at 3 is 6');
  } finally {
    await browser.close();
  }
});

test.run();
