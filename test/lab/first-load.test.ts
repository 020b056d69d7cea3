/** @file What a cold load of the page takes over the network, until it shows its first picture. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Metafile } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

type BuildLab = (folder: string) => Promise<{ readonly page: Metafile; readonly worker: Metafile }>;

const { href } = pathToFileURL(resolve('scripts/lab.mjs'));
const { buildLab } = (await import(href)) as { readonly buildLab: BuildLab };

/** The files that an entry loads at once, by its source. */
function filesOf({ outputs }: Metafile, source: string, files = new Set<string>()): Set<string> {
  const entry = Object.keys(outputs).find((path) => outputs[path].entryPoint === source);
  if (!entry) throw new Error(`${source} is no entry`);
  const load = (path: string): void => {
    if (files.has(path)) return;
    files.add(path);
    for (const { kind, path: next } of outputs[path].imports) {
      if (kind === 'import-statement') load(next);
    }
  };
  load(entry);
  return files;
}

test('the first outer step of the attack takes 145 kB at most, with its picture 150 kB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hypertape-lab-'));
  try {
    const { page, worker } = await buildLab(folder);
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    const linked = [...html.matchAll(/(?:href|src)="([\w.]+)"/g)].map(([, name]) => name);
    assert.ok(linked.includes('page.js') && linked.includes('style.css'));
    const files = new Set([...linked, 'index.html'].map((name) => join(folder, name)));
    const add = (meta: Metafile, source: string) => {
      for (const path of filesOf(meta, source)) files.add(resolve(path));
    };
    const kilobytes = async () => {
      const all = await Promise.all([...files].map((path) => readFile(path)));
      return all.reduce((sum, bytes) => sum + gzipSync(bytes).length, 0) / 1000;
    };
    add(page, 'src/lab/page/main.tsx');
    add(worker, 'src/lab/worker.ts');
    add(worker, 'src/lab/problems/attack/run.ts');
    add(worker, 'src/models/wrmf-sgd.ts');
    const step = await kilobytes();
    assert.ok(step > 50 && step <= 145, `${step} kB until the first outer step`);
    add(worker, 'src/lab/problems/attack/latent.ts');
    const picture = await kilobytes();
    assert.ok(picture > step && picture <= 150, `${picture} kB until the first picture`);
    assert.not.ok([...files].some((path) => /gpu-browser/.test(path)));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.run();
