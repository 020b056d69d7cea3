/** @file The lab's numbers: those of Node, on every device, and those of an address in a fresh browser. */

import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { historyOf, type Line, parseAddress } from '../../../src/lab/index.ts';
import { historyOn, type Lab, numbersOf, openLab, settle, visit } from './page.ts';

let lab: Lab;
test.before(async () => {
  lab = await openLab();
});
test.after(() => lab.close());

/** Panels that compute something after each outer step, which the history does not need. */
const folded = 'folded=model,defender';

const inNode = (address: string): Promise<Line[]> =>
  historyOf(parseAddress(address), new AbortController().signal);

async function onPage(address: string, patience?: number): Promise<Line[]> {
  const { page, complaints, close } = await visit(lab, `${address}&${folded}`);
  try {
    await settle(page, patience);
    assert.equal(await page.locator('.trouble').allTextContents(), []);
    const lines = await historyOn(page);
    assert.equal(complaints, []);
    return lines;
  } finally {
    await close();
  }
}

for (const threads of [1, 2]) {
  test(`ten outer steps of the attack have the bits of Node, threads: ${threads}`, async () => {
    const address = 'problem=attack&iterations=9';
    const lines = await onPage(`${address}&threads=${threads}`);
    assert.is(lines.length, 10);
    assert.equal(numbersOf(lines), numbersOf(await inNode(address)));
  });
}

for (const address of [
  'problem=attack&surrogate=wrmf-als&iterations=2',
  'problem=attack&surrogate=item-ae&tau=10&iterations=2',
  'problem=cleaning&wrong=0.4&seed=3&iterations=4',
  'problem=learning-rate&curvature=20&iterations=4',
  'problem=maml&steps=3&iterations=2',
]) {
  test(`the page and Node agree on ${address}`, async () => {
    assert.equal(numbersOf(await onPage(address)), numbersOf(await inNode(address)));
  });
}

/**
 * In software a GPU takes minutes for an outer step, so there are fewer of them unless asked:
 * LAB_GPU_STEPS=10; 0 leaves GPUs out.
 */
const gpuSteps = Number(process.env.LAB_GPU_STEPS ?? 1);

/**
 * Each of the 100 training steps rounds to 24 bits, in an order of its own. The training converges,
 * so that it does not enlarge what it has rounded: the errors at most add up, 100 x 2^-24 relative.
 * A user whose hit it is by as little may differ: one of 900 in a rate.
 */
const relative = 100 * 2 ** -24;
const oneUser = 1 / 900 + 1e-12;

for (const device of gpuSteps > 0 ? ['gpujs:webgpu', 'gpujs:webgl2'] : []) {
  test(`the attack on ${device} is that on simd to f32`, async () => {
    const address = `problem=attack&iterations=${gpuSteps - 1}`;
    const expected = await inNode(address);
    const lines = await onPage(`${address}&device=${device}`, 1_800_000);
    assert.is(lines.length, expected.length);
    lines.forEach(({ value, figures }, i) => {
      const error = Math.abs(value / expected[i].value - 1);
      assert.ok(error <= relative, `step ${i}: ${value} is off by ${error}`);
      for (const [name, rate] of Object.entries(figures)) {
        const difference = Math.abs(rate - expected[i].figures[name]);
        assert.ok(difference <= oneUser, `step ${i}: ${name} is off by ${difference}`);
      }
    });
  });
}

test('a link opens the same page in a fresh browser, and the command gives its history', async () => {
  const first = await visit(lab, 'problem=cleaning&iterations=0');
  let link = '';
  let command = '';
  let lines: Line[] = [];
  try {
    const { page } = first;
    await settle(page);
    await page.getByRole('spinbutton', { name: 'Wrong labels' }).fill('0.2');
    await page.getByRole('spinbutton', { name: 'Wrong labels' }).press('Enter');
    await page.getByRole('button', { name: 'Pause' }).click();
    await settle(page);
    await page.getByRole('button', { name: 'One outer step' }).click();
    await settle(page);
    await page.locator('#race .fold').click();
    await page.getByLabel('The model after step').fill('20');
    await page.getByRole('button', { name: 'Copy the link' }).click();
    await page.getByText('The link is copied').waitFor();
    link = await page.evaluate(() => navigator.clipboard.readText());
    await page.getByRole('button', { name: 'Copy the command' }).click();
    await page.getByText('The command is copied').waitFor();
    command = await page.evaluate(() => navigator.clipboard.readText());
    lines = await historyOn(page);
    // The page's own address follows.
    await page.waitForURL(link);
  } finally {
    await first.close();
  }
  assert.match(link, /wrong=0\.2/);
  const { page, complaints, close } = await visit(lab, link.split('#')[1]);
  try {
    await settle(page);
    assert.equal(numbersOf(await historyOn(page)), numbersOf(lines));
    assert.is(await page.getByLabel('The model after step').inputValue(), '20');
    assert.is(await page.locator('#race .fold').getAttribute('aria-expanded'), 'false');
    assert.is(await page.getByRole('spinbutton', { name: 'Wrong labels' }).inputValue(), '0.2');
    assert.equal(complaints, []);
  } finally {
    await close();
  }
  const [, address] = /^npx hypertape lab --run '(.*)'$/.exec(command) ?? [];
  const output = execFileSync(
    process.execPath,
    ['dist/cli.js', 'lab', '--run', address, '--json', '--quiet'],
    { encoding: 'utf8' },
  );
  const { history } = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  assert.equal(numbersOf(history), numbersOf(lines));
});

test.run();
