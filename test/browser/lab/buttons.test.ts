/** @file The lab's controls: each button does what it says, by pointer or by keyboard. */

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readNpz } from '../../../src/data/index.ts';
import { button, historyOn, numbersOf, pageTests, saved, settle } from './page.ts';

const onPage = pageTests();

onPage('play, pause, step, reset and keep', 'problem=learning-rate', async (page) => {
  // It runs by itself.
  await button(page, 'Pause').click();
  await settle(page);
  const { length } = await historyOn(page);
  await button(page, 'One outer step').click();
  await page.waitForURL(new RegExp(`iterations=${length}`));
  await button(page, 'Keep this run').click();
  await page.getByText('objective, lower is better, run 1').waitFor();
  await button(page, 'Keep this run').click();
  await page.getByText('run 2: problem=learning-rate').waitFor();
  await button(page, 'Remove run 1').click();
  await page.getByText('objective, lower is better, run 1').waitFor({ state: 'detached' });
  await page.getByText('objective, lower is better, run 2').waitFor();
  await button(page, 'Reset').click();
  await page.waitForURL(/iterations=0/);
  assert.is((await historyOn(page)).length, 1);
  await button(page, 'Play').press('Enter');
  await page.getByLabel('Rest between steps').fill('100');
  await button(page, 'Pause').press('Space');
  await settle(page);
  assert.ok((await historyOn(page)).length > 1);
});

onPage(
  'an attack that no later step changes says so, and goes no further',
  'problem=attack&momentum=0&rate=0.1',
  async (page) => {
    await page.getByText('no later step changes a click').waitFor();
    for (const name of ['Play', 'One outer step'])
      assert.ok(await button(page, name).isDisabled(), name);
    await button(page, 'One inner step').click();
    await page.getByText('The model after 0 of 100 steps').waitFor();
  },
);

onPage(
  'what a field refuses is said, and the field has the number of the run again',
  'problem=cleaning&iterations=0',
  async (page) => {
    await settle(page);
    for (const [name, text, message] of [
      ['Seed', '1e21', /seed: expected a whole number, got 1e21/],
      ['Seed', '', /seed: expected a whole number, got nothing/],
      ['Training steps', '30.5', /steps: expected a whole number from 1 to 300, got 30.5/],
      ['Outer rate', '5000', /rate: expected a number from 0 to 2000, got 5000/],
    ] as const) {
      const field = page.getByRole('spinbutton', { name });
      const before = await field.inputValue();
      await field.fill(text);
      await field.press('Tab');
      await page.getByRole('alert').filter({ hasText: message }).waitFor();
      assert.is(await field.inputValue(), before);
    }
    assert.is((await historyOn(page)).length, 1);
  },
);

onPage('it stops while it cannot be seen', 'problem=learning-rate', async (page) => {
  await button(page, 'Pause').waitFor();
  const show = (hidden: boolean) =>
    page.evaluate((is) => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: is });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  await show(true);
  await page.waitForTimeout(2000);
  const { length } = await historyOn(page);
  await page.waitForTimeout(2000);
  assert.is((await historyOn(page)).length, length);
  await show(false);
  await page.waitForTimeout(3000);
  assert.ok((await historyOn(page)).length > length);
});

onPage(
  'each knob and the seed open the run anew',
  'problem=cleaning&iterations=0',
  async (page) => {
    await settle(page);
    for (const field of await page.locator('.knobs input').all()) {
      const least = await field.getAttribute('min');
      await field.fill(String(Number(least) + 2 * Number(await field.getAttribute('step'))));
      await field.press('Enter');
      await button(page, 'Pause').click();
      await settle(page);
      assert.ok(await historyOn(page));
    }
    await page.getByRole('combobox', { name: 'Problem' }).selectOption('learning-rate');
    await page.getByRole('heading', { name: 'Learning the learning rates' }).waitFor();
    await button(page, 'Pause').click();
    await settle(page);
    await page.getByRole('combobox', { name: 'Run on' }).selectOption('reference 1');
    await page.getByText('on JavaScript in double precision').waitFor();
    await button(page, 'Pause').click();
    await settle(page);
    await page.getByRole('combobox', { name: 'Problem' }).selectOption('attack');
    await page.getByRole('combobox', { name: 'Recommender' }).selectOption('wrmf-als');
    await page.getByText(/^wrmf-als, 900 users.* on JavaScript/).waitFor();
  },
);

onPage('every panel folds, by keyboard too', 'problem=maml&iterations=0&folded=', async (page) => {
  await settle(page);
  const names = await page.locator('.panel').evaluateAll((all) => all.map(({ id }) => id));
  for (const name of names) {
    await page.locator(`#${name} .fold`).press('Enter');
    assert.not(await page.locator(`#${name} .panel-body`).isVisible());
  }
  await page.waitForURL(new RegExp(names.join('%2C')));
  await page.locator('#curves .fold').press('Enter');
  assert.ok(await page.locator('#curves .panel-body').isVisible());
});

onPage(
  'cells are made larger, in a window of one size',
  'problem=attack&iterations=0',
  async (page) => {
    await settle(page);
    const panel = page.locator('#fake-users');
    const face = panel.getByRole('application');
    const [larger, smaller] = ['Larger', 'Smaller'].map((size) =>
      panel.getByRole('button', { name: `${size} cells` }),
    );
    const view = panel.locator('.heat-map-window');
    const [whole, before] = [await face.boundingBox(), await view.boundingBox()];
    assert.ok(await smaller.isDisabled());
    for (const times of [2, 4, 8]) {
      await larger.click();
      const box = await face.boundingBox();
      assert.ok(Math.abs(Number(box?.width) - times * Number(whole?.width)) < 2 * times);
      const window = await view.boundingBox();
      assert.equal([window?.width, window?.height], [before?.width, before?.height]);
    }
    assert.ok(await larger.isDisabled());
    // Keys carry the window along: item 60 lies to the right of it.
    for (let item = 0; item < 60; item++) await face.press('ArrowRight');
    await panel.getByText(/^fake user 0, item 60: /).waitFor();
    await page.waitForFunction(() => {
      const [shown, mark] = ['.heat-map-window', '.mark:not(.row)'].map((selector) =>
        (document.querySelector(`#fake-users ${selector}`) as Element).getBoundingClientRect(),
      );
      return mark.left >= shown.left && mark.right <= shown.right;
    });
    for (const _ of [4, 2, 1]) await smaller.click();
    assert.ok(await smaller.isDisabled());
  },
);

onPage(
  'a cell is picked by keyboard, and trained again',
  'problem=attack&iterations=1',
  async (page) => {
    await settle(page);
    const panel = page.locator('#fake-users');
    await panel.getByLabel('clicks', { exact: true }).check();
    const face = panel.getByRole('application');
    await face.press('ArrowRight');
    await face.press('ArrowDown');
    await panel.getByText(/^fake user 1, item 1: /).waitFor();
    await face.press('Enter');
    await panel.getByText('objective, trained again').waitFor();
  },
);

onPage('the defender detects and trains without', 'problem=attack&iterations=3', async (page) => {
  await settle(page);
  const panel = page.locator('#defender');
  const detectors = panel.getByRole('combobox', { name: 'Detector' });
  await panel.getByText('area under the curve').waitFor();
  const options = await detectors.locator('option').allTextContents();
  assert.ok(options.length > 3, `${options}`);
  await detectors.selectOption(options[1]);
  await page.waitForURL(new RegExp(`detector=${options[1]}`));
  await panel.getByRole('slider').fill('0.2');
  await button(page, 'Retrain without them').click();
  await panel.getByText('HR@10 of test items, of a victim').waitFor();
  // What was found out about a threshold is not shown at another.
  await panel.getByRole('slider').fill('0.3');
  await panel.getByText('HR@10 of test items').waitFor({ state: 'detached' });
  await panel.getByRole('slider').fill('1');
  await panel.getByText('Everyone is flagged: nobody is left to train on.').waitFor();
  assert.ok(await button(page, 'Retrain without them').isDisabled());
});

onPage('the race fills its table', 'problem=learning-rate&iterations=0', async (page) => {
  await settle(page);
  await button(page, 'Run them all').click();
  await button(page, 'Run them all').and(page.locator(':enabled')).waitFor();
  const methods = await page.locator('#race tbody th').allTextContents();
  assert.ok(methods.includes('exact()') && methods.length > 8, `${methods}`);
  const certificate = page.locator('#race details').first();
  await certificate.locator('summary').press('Enter');
  await certificate.locator('.findings li').first().waitFor();
  // The table is about the outer step that it was made at.
  await button(page, 'One outer step').click();
  await page.locator('#race table').waitFor({ state: 'detached' });
});

onPage('what is broken is caught', 'problem=learning-rate&iterations=0&folded=', async (page) => {
  await settle(page);
  const ways = page.locator('#break-it .transport button');
  await ways.first().waitFor();
  assert.is(await ways.count(), 4);
  for (const way of await ways.all()) {
    await way.click();
    await page.locator('#break-it button[aria-pressed="true"]').waitFor();
    const name = await way.textContent();
    assert.ok((await page.locator('#break-it .findings li.warning').count()) > 0, `${name}`);
    const rest = page.locator('#break-it details');
    if ((await rest.count()) === 0) continue;
    await rest.locator('summary').press('Enter');
    await rest.locator('.findings li').first().waitFor();
  }
});

onPage('what is shown can be saved', 'problem=attack&iterations=1', async (page) => {
  await settle(page);
  await page.locator('#model canvas').waitFor();
  const fakes = await saved(page, page.getByRole('button', { name: /fake users \(\.npz\)/ }));
  assert.is(fakes.name, 'fakes.npz');
  const matrix = await readNpz(fakes.path);
  assert.equal([matrix.rows, matrix.columns], [100, 300]);
  assert.ok(matrix.values.length > 100 && matrix.values.every((value) => value === 1));
  const report = await saved(page, page.getByRole('button', { name: /report/ }));
  const html = await readFile(report.path, 'utf8');
  assert.match(html, /hypertape lab --run 'problem=attack&amp;iterations=1'/);
  const charts = await page.locator('figure.figure').count();
  assert.is(html.match(/<svg /g)?.length, charts);
  assert.ok((html.match(/<img src="data:image\/png/g)?.length ?? 0) >= 2);
  for (const save of await page.locator('button.save').all()) {
    const { name, path } = await saved(page, save);
    const bytes = await readFile(path);
    if (name.endsWith('.svg')) assert.match(bytes.toString(), /^<svg .*<path d="M.*<\/svg>$/s);
    else assert.equal([...bytes.subarray(1, 4)], [...Buffer.from('PNG')]);
  }
});

const storyOf = (page: Page) => page.getByRole('complementary', { name: 'Guided story' });

onPage('the story leads through its six steps', 'story=1', async (page) => {
  const bar = storyOf(page);
  const deed = bar.locator('.deed').first();
  for (let step = 1; step <= 6; step++) {
    await bar.getByText(`${step} of 6`).waitFor();
    await settle(page);
    const told = page.locator('.panel.told').first();
    await told.waitFor();
    await page.waitForURL(new RegExp(`story=${step}`));
    assert.is(await page.evaluate(() => document.activeElement?.tagName), 'H2');
    const [story, panel] = [await bar.boundingBox(), await told.boundingBox()];
    assert.ok(story && panel && story.x + story.width <= panel.x, 'the story covers the panel');
    // It rolls by itself.
    if (step === 1) await deed.getByText('step 30 of 30').waitFor();
    if (step === 2) {
      await deed.getByRole('slider').fill('0.1');
      await deed.getByText('All steps of size 0.1').waitFor();
    }
    if (step === 3) {
      await deed.getByText(/^Each of the 30 answers is -1\.\d\d: /).waitFor();
      await page.locator('#entries').waitFor();
    }
    if (step === 4) {
      for (const count of [1, 2]) {
        await deed.getByRole('button').click();
        await deed.getByText(`After ${count} the ball`).waitFor();
      }
    }
    if (step === 5) {
      await deed.getByText('It sees 10 % of the hypergradient').waitFor();
      await bar.getByRole('button', { name: 'Back' }).click();
      await deed.getByText('After 2 the ball').waitFor();
      await bar.getByRole('button', { name: 'Next' }).click();
      await deed.getByText('It sees 10 % of the hypergradient').waitFor();
    }
    if (step === 6) {
      const grid = page.locator('#fake-users').getByRole('application');
      await page.waitForFunction(() => {
        const box = document.querySelector('#fake-users .heat-map-face')?.getBoundingClientRect();
        return box && box.top > 0 && box.top < 0.6 * innerHeight;
      });
      await grid.click({ position: { x: 100, y: 50 } });
      await deed.getByText('training again gave').waitFor();
    }
    await bar.getByRole('button', { name: step < 6 ? 'Next' : 'Explore' }).press('Enter');
  }
  assert.is(await bar.count(), 0);
});

onPage(
  'the story waits for who wants no motion, and brings back the run that was there',
  'problem=cleaning&iterations=2',
  async (page) => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await settle(page);
    const before = numbersOf(await historyOn(page));
    const bar = storyOf(page);
    await button(page, 'New here? A story in six steps').click();
    await bar.getByText('1 of 6').waitFor();
    assert.ok(await bar.getByRole('button', { name: 'Back' }).isDisabled());
    await bar.getByText('Roll it: step 0 of 30').waitFor();
    await bar.getByRole('button', { name: 'Roll' }).click();
    await page.getByText('The model after 30 of 30 steps').waitFor();
    await bar.getByLabel('Roll it: step').fill('7');
    await page.getByText('The model after 7 of 30 steps').waitFor();
    await bar.getByRole('button', { name: 'Next' }).click();
    await bar.getByText('2 of 6').waitFor();
    await bar.getByRole('button', { name: 'Close' }).click();
    await bar.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Finding wrong labels' }).waitFor();
    await page.waitForURL(/problem=cleaning&iterations=2/);
    assert.equal(numbersOf(await historyOn(page)), before);
  },
);

for (const [address, sentence] of [
  ['problem=attack&tau=0', /tau: expected a whole number from 1 to 100, got 0/],
  ['problem=attack&speed=3', /speed means nothing to the problem attack: leave it out/],
  ['problem=nothing', /problem nothing is not known; there are attack,/],
  ['problem=maml&device=cuda', /cuda/],
] as const) {
  onPage(`${address} is refused in one sentence`, address, async (page) => {
    const text = (await page.getByRole('alert').textContent()) ?? '';
    assert.match(text, sentence);
    assert.not(text.includes('\n'));
  });
}

test.run();
