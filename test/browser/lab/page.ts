/** @file The lab in headless Chromium, served by the command, with all that went wrong on it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Line } from '../../../src/lab/index.ts';
import { openBrowser } from '../chromium.ts';

/** The lab at work. */
export interface Lab {
  readonly origin: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Serves the lab on a free port and opens a browser. */
export async function openLab(): Promise<Lab> {
  const server = spawn(process.execPath, ['dist/cli.js', 'lab', '--port', '0']);
  const origin = (await firstLine(server)).replace(/\/$/, '');
  const browser = await openBrowser();
  return {
    origin,
    browser,
    close: async () => {
      await browser.close();
      const ended = once(server, 'exit');
      server.kill();
      await ended;
    },
  };
}

async function firstLine({ stdout, stderr }: ChildProcess): Promise<string> {
  let errors = '';
  stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  let text = '';
  for await (const chunk of stdout ?? []) {
    text += chunk;
    if (text.includes('\n')) return text.split('\n')[0];
  }
  throw new Error(`the lab did not say where it is: ${errors}`);
}

/** A page of the lab. */
export interface LabPage {
  readonly page: Page;
  /** What the console, the policy and the network had to say; it should be empty. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Opens an address in a browser that has seen nothing before. */
export async function visit(
  { browser, origin }: Lab,
  address: string,
  options: BrowserContextOptions = {},
): Promise<LabPage> {
  const context = await browser.newContext(options);
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, origin: from } = new URL(request.url());
    const own = protocol === 'data:' || from === origin;
    if (!own) complaints.push(`request to ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`policy: ${violatedDirective} refuses ${blockedURI}`),
    ),
  );
  await page.goto(`${origin}/#${address}`);
  return { page, complaints, close: () => context.close() };
}

/**
 * Opens the lab for the tests of a file. What it returns makes a test on a page of its own, with
 * nothing to complain of at its end.
 */
export function pageTests() {
  let lab: Lab;
  test.before(async () => {
    lab = await openLab();
  });
  test.after(() => lab.close());
  return (name: string, address: string, run: (page: Page) => Promise<void>): void =>
    test(name, async () => {
      const { page, complaints, close } = await visit(lab, address);
      try {
        await run(page);
        assert.equal(complaints, []);
      } finally {
        await close();
      }
    });
}

/** The button of a name. */
export const button = (page: Page, name: string): Locator =>
  page.getByRole('button', { name, exact: true });

/** Waits until the run stands still with something to show. */
export const settle = (page: Page, timeout = 240_000): Promise<unknown> =>
  page.waitForFunction(
    () => {
      const button = document.querySelector<HTMLButtonElement>('.controls .primary');
      return button && !button.disabled && button.textContent === 'Play';
    },
    undefined,
    { timeout },
  );

/**
 * The longest task of a page's main thread while something is done, in milliseconds of the
 * processor: on a machine that does other work a task waits, too.
 */
export async function longestTask(page: Page, doing: () => Promise<void>): Promise<number> {
  const browser = page.context().browser();
  if (!browser) throw new Error('the page has no browser');
  await browser.startTracing(page, { categories: ['toplevel'] });
  await doing();
  const trace = JSON.parse((await browser.stopTracing()).toString());
  const events: readonly TraceEvent[] = trace.traceEvents;
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const isMain = ({ name, args }: TraceEvent) =>
    name === 'thread_name' && args.name === 'CrRendererMain';
  const main = new Set(events.filter(isMain).map(threadOf));
  const tasks = events.filter((event) => /RunTask$/.test(event.name) && main.has(threadOf(event)));
  if (tasks.length === 0) throw new Error('the trace has no task of the main thread');
  return tasks.reduce((most, { tdur = 0 }) => Math.max(most, tdur), 0) / 1000;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly args: { readonly name?: string };
  /** Microseconds of the processor. */
  readonly tdur?: number;
}

/** What a button saves. */
export async function saved(page: Page, button: Locator): Promise<{ name: string; path: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  return { name: download.suggestedFilename(), path: await download.path() };
}

/** The history as the page saves it. */
export async function historyOn(page: Page): Promise<Line[]> {
  const { path } = await saved(page, page.getByRole('button', { name: 'Save the history' }));
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Line);
}

/** A history without the seconds, which are never the same twice. */
export const numbersOf = (history: readonly Line[]): unknown =>
  history.map(({ iteration, value, figures }) => ({ iteration, value, figures }));

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface Axe {
  run(): Promise<{
    violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
  }>;
}

/** What axe-core finds, in words. */
export async function findingsOn(page: Page): Promise<string[]> {
  const axe = await readFile(axePath, 'utf8');
  // Evaluated by the debugger, which the policy of the page lets pass.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
    );
  });
}
