/**
 * @file What the lab's page costs: a cold load, the first picture, the first outer step, the longest
 * task of its main thread while it learns, and the bytes of its first load. After `npm run build`:
 * `node bench/lab.mjs [problem] [rounds]`.
 */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const [problem = 'attack', rounds = '3'] = process.argv.slice(2);
/** Milliseconds for which the page is watched once it learns. */
const watched = 8000;

const server = spawn(process.execPath, ['dist/cli.js', 'lab', '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [origin] = await new Promise((resolve) =>
  createInterface(server.stdout).once('line', (line) => resolve([line])),
);

/** Notes in the page when something is first there. */
const notes = () => {
  const first = { shell: '.panels', picture: '#model canvas', step: '.controls .primary:enabled' };
  globalThis.seen = {};
  const look = () => {
    for (const [name, selector] of Object.entries(first)) {
      if (!(name in seen) && document.querySelector(selector)) seen[name] = performance.now();
    }
    if (Object.keys(seen).length < Object.keys(first).length) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
};

/**
 * The longest task of the page's main thread in a trace, in milliseconds of the processor: on a
 * machine that does other work a task waits, too.
 */
function longestTask(trace) {
  const events = JSON.parse(trace).traceEvents;
  const main = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = events.filter(
    ({ name, pid, tid }) => /RunTask$/.test(name) && main.has(`${pid} ${tid}`),
  );
  if (tasks.length === 0) throw new Error('the trace has no task of the main thread');
  return Math.max(...tasks.map(({ dur = 0, tdur = dur }) => tdur)) / 1000;
}

async function round() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  const page = await browser.newPage();
  const bodies = [];
  page.on('response', (response) => bodies.push([response.url(), response.body()]));
  await page.addInitScript(notes);
  await page.goto(`${origin}#problem=${problem}`);
  const timeout = 120_000;
  await page.waitForFunction(() => 'step' in seen, undefined, { timeout });
  let bytes = 0;
  for (const [url, body] of [...bodies]) {
    if (!/gpu-browser|^data:/.test(url)) bytes += gzipSync(await body).length;
  }
  await page.waitForFunction(() => 'picture' in seen, undefined, { timeout });
  const seen = await page.evaluate(() => globalThis.seen);
  const paint = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  );
  await browser.startTracing(page, {
    categories: ['toplevel', 'disabled-by-default-devtools.timeline'],
  });
  await page.waitForTimeout(watched / 2);
  // Comes into view while it learns, and is drawn.
  await page.locator('#tape').scrollIntoViewIfNeeded();
  await page.waitForTimeout(watched / 2);
  const longest = longestTask((await browser.stopTracing()).toString());
  await browser.close();
  return {
    'first paint, ms': paint,
    'first outer step, ms': seen.step,
    'picture of the model, ms': seen.picture,
    'longest task of the main thread, ms of processor': longest,
    'loaded until the first outer step, gzipped, kB': bytes / 1000,
  };
}

try {
  const found = [];
  for (let i = 0; i < Number(rounds); i++) found.push(await round());
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0];
  console.log(`${problem}, ${rounds} cold loads, load average ${load}\n`);
  console.log('| | median | best | worst |\n| --- | ---: | ---: | ---: |');
  for (const name of Object.keys(found[0])) {
    const all = found.map((row) => row[name]).sort((a, b) => a - b);
    const [best, median, worst] = [all[0], all[all.length >> 1], all[all.length - 1]];
    console.log(`| ${name} | ${[median, best, worst].map((x) => x.toFixed(0)).join(' | ')} |`);
  }
} finally {
  server.kill();
}
