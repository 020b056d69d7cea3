/** @file The lab, problem by problem: every panel, in light and dark, on a phone and a projector. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { labProblems } from '../../../src/lab/problems/registry.ts';
import { findingsOn, type Lab, openLab, settle, visit } from './page.ts';

let lab: Lab;
test.before(async () => {
  lab = await openLab();
});
test.after(() => lab.close());

/** What every problem has. */
const panelNames = [
  'curves',
  'inner-time',
  'model',
  'devices',
  'share',
  'break-it',
  'race',
  'tape',
  'words',
];

const sizes = [
  { width: 390, height: 844 },
  { width: 1280, height: 900 },
  { width: 1920, height: 1080 },
];

for (const { name, title } of labProblems) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`${name} is drawn in ${colorScheme}, for everyone, and asks nobody else`, async () => {
      const address = `problem=${name}&iterations=1&folded=`;
      const { page, complaints, close } = await visit(lab, address, { colorScheme });
      try {
        await settle(page);
        assert.is(await page.locator('h1').textContent(), title);
        // Some are loaded later, in any order.
        for (const panel of panelNames) await page.locator(`#${panel}`).waitFor();
        const panels = await page.locator('.panel').evaluateAll((all) => all.map(({ id }) => id));
        assert.is(panels.includes('fake-users'), name === 'attack');
        if (name === 'attack') await page.locator('#defender').waitFor();
        else assert.not(panels.includes('defender'));
        await page.locator('#model canvas').waitFor();
        for (const size of sizes) {
          await page.setViewportSize(size);
          const wider = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          assert.is(wider, 0, `${size.width} pixels are scrolled sideways`);
          // What stays in view leaves most of the screen to the panels.
          const bar = await page.locator('.controls').boundingBox();
          assert.ok((bar?.height ?? Infinity) < 0.15 * size.height, `${bar?.height} pixels`);
          assert.equal(await findingsOn(page), [], `${size.width} pixels`);
        }
        assert.equal(complaints, []);
      } finally {
        await close();
      }
    });
  }
}

test('what moves on its own keeps still for those who ask for it', async () => {
  const { page, close } = await visit(lab, 'problem=learning-rate&iterations=0', {
    reducedMotion: 'reduce',
  });
  try {
    const behaviour = await page.evaluate(
      () => getComputedStyle(document.documentElement).scrollBehavior,
    );
    assert.is(behaviour, 'auto');
  } finally {
    await close();
  }
});

test.run();
