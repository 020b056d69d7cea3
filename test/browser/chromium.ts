/**
 * @file Headless Chromium on a page bundled from source. WebGPU and WebGL2 are computed in software,
 * or by the machine's own GPU where `GPU=hardware`; `CHROMIUM` is the path of the browser.
 */

import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import { type Browser, type Page as BrowserPage, chromium } from 'playwright-core';

/** Whether the machine computes WebGPU and WebGL2 on its GPU. */
export const hardware = process.env.GPU === 'hardware';

const graphics = hardware
  ? ['--ignore-gpu-blocklist', '--use-angle=vulkan', '--disable-vulkan-surface']
  : ['--use-webgpu-adapter=swiftshader', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

const flags = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  ...graphics,
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function findChromium(): string {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim();
    } catch {
      // `which` fails for a program that is not there: the next may be.
    }
  }
  throw new Error(
    'headless pages need Chromium: install the package chromium, or name it in CHROMIUM',
  );
}

/** Bundles a page's script as a browser would get it. */
async function bundle(entry: string): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  });
  return result.outputFiles[0].text;
}

export interface OpenPage {
  readonly page: BrowserPage;
  close(): Promise<void>;
}

/** What makes a page cross-origin isolated, so that its workers may share memory. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** What a page is served with. */
export interface Serving {
  /** Whether it is cross-origin isolated; default not. */
  readonly isolated?: boolean;
  /** Its Content-Security-Policy; default none. */
  readonly policy?: string;
}

/** Serves a bundled script on localhost and opens it. */
export async function openPage(entry: string, serving: Serving = {}): Promise<OpenPage> {
  const script = await bundle(entry);
  const page = { type: 'text/html', body: '<!doctype html><script src="/page.js"></script>' };
  const answer = (path: string) =>
    path === '/page.js' ? { type: 'text/javascript', body: script } : page;
  return openSite(answer, serving);
}

/** Headless Chromium itself, for tests that bring their own server. */
export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: findChromium(), args: flags });
  if (hardware) await wakeGpu(browser);
  return browser;
}

/**
 * Asks for an adapter until there is one: the first asking may start the GPU's process again. Throws
 * an Error if there is none but software.
 */
async function wakeGpu(browser: Browser): Promise<void> {
  const page = await browser.newPage();
  await page.goto('chrome://version');
  for (let i = 0; i < 5; i++) {
    const isThere = await page.evaluate(async () => {
      const adapter = await navigator.gpu?.requestAdapter();
      return adapter != null && !adapter.info.isFallbackAdapter;
    });
    if (isThere) return page.close();
  }
  await browser.close();
  throw new Error(
    'GPU=hardware: Chromium finds no GPU here: leave it out, and pages run in software',
  );
}

/** Serves what `answer` gives for a path; WebGPU is there for pages of a secure origin alone. */
export async function openSite(
  answer: (path: string) => { readonly type: string; readonly body: string },
  { isolated = false, policy }: Serving = {},
): Promise<OpenPage> {
  const server = createServer((request, response) => {
    const { type, body } = answer(request.url ?? '/');
    response.setHeader('content-type', type);
    if (isolated) response.setHeaders(new Map(Object.entries(isolation)));
    if (policy) response.setHeader('content-security-policy', policy);
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await openBrowser();
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  return {
    page,
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}
