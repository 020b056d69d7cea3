/** @file The lab's panels: what each control of them shows. */

import type { Locator, Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAddress } from '../../../src/lab/index.ts';
import { brief } from '../../../src/lab/pictures/numbers.ts';
import { Session } from '../../../src/lab/session/session.ts';
import { button, longestTask, pageTests, settle } from './page.ts';

const onPage = pageTests();

/** The number behind a letter or a word in a text. */
const numberAfter = (text: string | null, word: string): number =>
  Number(new RegExp(`${word} (\\d+)`).exec(text ?? '')?.[1]);

onPage(
  'inner time: brushed, scrubbed, played',
  'problem=learning-rate&iterations=1',
  async (page) => {
    await settle(page);
    const panel = page.locator('#inner-time');
    const seen = panel.getByText('Compare with the last steps alone, τ = ');
    await panel.getByRole('slider', { name: 'Compare with the last steps alone' }).fill('5');
    await seen.filter({ hasText: 'τ = 5 of 30' }).waitFor();
    await page.waitForURL(/brush=5/);
    // From step 20.5 of -0.5 to 29.5 on: the last nine.
    const over = panel.locator('.u-over').first();
    const { width } = (await over.boundingBox()) ?? { width: 0 };
    await over.hover({ position: { x: 0.7 * width, y: 40 } });
    await page.mouse.down();
    await over.hover({ position: { x: 0.95 * width, y: 40 } });
    await page.mouse.up();
    await seen.filter({ hasText: /τ = (8|9|10) of/ }).waitFor();
    await panel.getByRole('slider', { name: 'The model after step' }).fill('12');
    await page.getByText('The model after 12 of 30 steps').waitFor();
    await button(page, 'One inner step').click();
    await page.getByText('The model after 13 of 30 steps').waitFor();
    await button(page, 'Play the training').click();
    await page.getByText('The model after 16 of 30 steps').waitFor();
    await panel.getByRole('button', { name: 'Stop' }).click();
    await button(page, 'Play the training').waitFor();
  },
);

onPage(
  'costs follow the checkpoints, and are measured',
  'problem=cleaning&iterations=0',
  async (page) => {
    await settle(page);
    const panel = page.locator('#inner-time');
    await panel.getByRole('slider', { name: 'States held on the way back' }).fill('4');
    const rows = panel.locator('tbody tr');
    await rows.getByRole('rowheader', { name: 'checkpoints: 4' }).waitFor();
    await panel.getByRole('button', { name: 'Measure the seconds' }).click();
    await rows
      .first()
      .getByText(/^\d+\.\d{3}$/)
      .waitFor();
    for (const row of await rows.all()) {
      assert.match((await row.locator('td').last().textContent()) ?? '', /^\d+\.\d{3}$/);
    }
  },
);

onPage('a user is the same one in all panels', 'problem=attack&iterations=1', async (page) => {
  await settle(page);
  const [fakes, defender] = [page.locator('#fake-users'), page.locator('#defender')];
  await defender.getByText('area under the curve').waitFor();
  await fakes.getByRole('application').hover({ position: { x: 60, y: 100 } });
  const picked = fakes.getByText(/^fake user \d+, item/);
  const fake = numberAfter(await picked.textContent(), 'fake user');
  await defender.getByText(`fake user ${fake}: score`).waitFor();
  // The upper lane of the strip has the fake users, somewhere between its ends.
  const strip = defender.locator('canvas').last();
  const words = defender.locator('.readout');
  const { width } = (await strip.boundingBox()) ?? { width: 0 };
  for (let x = 8; x < width - 8; x += 8) {
    await strip.hover({ position: { x, y: 12 } });
    if (/^fake user/.test((await words.textContent()) ?? '')) break;
  }
  await fakes.locator('.mark.row').waitFor();
});

onPage(
  'a click is toggled by pointer, and the truncation is drawn',
  'problem=attack&iterations=0',
  async (page) => {
    await settle(page);
    const panel = page.locator('#fake-users');
    await panel.getByLabel('gradient and its truncation').check();
    const truncated = panel.getByRole('application', {
      name: 'The gradient through the last 10 steps',
    });
    await truncated.waitFor();
    // The words of a cell are those of the gradient that is drawn.
    const session = await Session.open(parseAddress('problem=attack'));
    const { signal } = new AbortController();
    const { gradient } = await session.next(signal);
    const cut = await session.truncated(10);
    await session.close();
    const whole = panel.getByRole('application', { name: 'The exact gradient' });
    for (const [face, slopes] of [
      [whole, gradient],
      [truncated, cut],
    ] as const) {
      await face.press('ArrowRight');
      await panel.getByText(`item 1: not clicked, gradient ${brief(slopes[1], 3)}, by`).waitFor();
    }
    assert.is.not(brief(gradient[1], 3), brief(cut[1], 3));
    await page.getByRole('slider', { name: 'Compare with the last steps alone' }).fill('20');
    await panel.getByText('Through the last 20 training steps alone').waitFor();
    await panel.getByLabel('gradient', { exact: true }).check();
    await truncated.waitFor({ state: 'detached' });
    await panel.getByRole('application').click({ position: { x: 100, y: 50 } });
    await panel.getByText('objective, trained again').waitFor();
  },
);

onPage('devices are timed, and stopped', 'problem=learning-rate&iterations=0', async (page) => {
  await settle(page);
  const panel = page.locator('#devices');
  await button(page, 'Time them all').click();
  await panel.getByText('Running …').waitFor();
  await panel.getByRole('button', { name: 'Stop' }).click();
  await button(page, 'Time them all').click();
  await panel.getByRole('rowheader', { name: 'JavaScript in double precision' }).waitFor();
  await button(page, 'Time them all').waitFor();
  const rows = await panel.locator('tbody tr').all();
  assert.is(rows.length, 5);
  for (const row of rows) {
    const text = (await row.textContent()) ?? '';
    assert.match(text, /not here: |\d$/);
    // Two threads are there on a page that is isolated, as this one is.
    if (/WebAssembly|JavaScript/.test(text)) assert.not.match(text, /not here/);
  }
});

/** The card that has the focus. */
const focusedCard = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => document.activeElement?.id);

/** Opens each source that stands behind a card. */
async function sourcesOf(side: Locator): Promise<string[]> {
  const texts: string[] = [];
  for (const details of await side.locator('details').all()) {
    await details.locator('summary').press('Enter');
    const text = details.locator('pre');
    await text.waitFor();
    texts.push((await text.textContent()) ?? '');
  }
  return texts;
}

onPage(
  'the tape: searched, walked by keyboard, opened',
  'problem=maml&iterations=0&threads=2&folded=',
  async (page) => {
    await settle(page);
    const panel = page.locator('#tape');
    await panel.scrollIntoViewIfNeeded();
    const cards = panel.locator('g.card');
    await cards.first().waitFor();
    const phases = await panel.locator('.phase').count();
    await panel.getByLabel('the way back through it').check();
    await panel.getByText('backward of backward').first().waitFor();
    await panel.getByLabel('one training step').check();
    await page.waitForFunction(
      (count) => document.querySelectorAll('#tape .phase').length === count,
      phases,
    );

    await panel.getByRole('searchbox').fill('matmul');
    await panel.getByText(/^[1-9]\d* of \d+ cards$/).waitFor();
    await panel.getByRole('button', { name: 'Next' }).click();
    const first = await focusedCard(page);
    await panel.getByRole('button', { name: 'Next' }).click();
    const second = await focusedCard(page);
    assert.match(`${first} ${second}`, /^tape-card-\d+ tape-card-\d+$/);
    assert.is.not(first, second);
    await panel.getByRole('searchbox').fill('nothing of this name');
    await panel.getByText(/^0 of \d+ cards$/).waitFor();
    assert.ok(await panel.getByRole('button', { name: 'Next' }).isDisabled());
    await panel.getByRole('searchbox').fill('');

    const head = panel.locator('.phase-head').last();
    const picture = panel.locator('.phase-picture').last();
    await head.press('Enter');
    assert.not(await picture.isVisible());
    await head.press('Enter');
    assert.ok(await picture.isVisible());

    await cards.first().focus();
    await page.keyboard.press('ArrowRight');
    const card = await focusedCard(page);
    assert.is.not(card, await cards.first().getAttribute('id'));
    await page.keyboard.press('Enter');
    const side = panel.getByRole('complementary');
    await side.getByRole('heading', { name: /^Card / }).waitFor();
    await side.getByText('What it stores in step').waitFor();
    const [plan, shader, nests, wasm] = await sourcesOf(side);
    assert.match(plan, /^b\d+ = /);
    assert.match(shader, /^function \(a0/);
    assert.match(nests, /^n\d+: /);
    assert.match(wasm, /^\(module\n[^]*\(func \$n\d+ \(export[^]*v128\.store/);
    // As the run has it: memory that threads share, and no fused products.
    assert.match(wasm, /\(memory 0 65536 shared\)/);
    assert.not.match(wasm, /relaxed/);
    await page.keyboard.press('Escape');
    await side.waitFor({ state: 'detached' });
    assert.is(await focusedCard(page), card);

    const many = panel.locator('g.card', { hasText: 'kernels alike' }).first();
    await many.click();
    const alike = side.getByRole('combobox');
    await alike.selectOption({ index: 1 });
    await side.getByText('What it stores in step').waitFor();
    await side.getByRole('button', { name: 'Close' }).click();
    await side.waitFor({ state: 'detached' });
  },
);

for (const problem of ['attack', 'cleaning', 'learning-rate', 'maml']) {
  onPage(
    `no task of the page is long while it learns: ${problem}`,
    `problem=${problem}&folded=`,
    async (page) => {
      await button(page, 'Pause').and(page.locator(':enabled')).waitFor();
      const longest = await longestTask(page, async () => {
        await page.waitForTimeout(2000);
        const tape = page.locator('#tape');
        await tape.scrollIntoViewIfNeeded();
        await tape.locator('g.card').first().click();
        await tape.getByText('What it stores in step').waitFor();
      });
      assert.ok(longest > 0 && longest < 100, `${longest} ms`);
    },
  );
}

test.run();
