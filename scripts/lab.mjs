/** @file `npm run lab`: bundles the page of the lab into a folder that any static host serves. */

import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

/** Bundles the page into `outdir`; gpu.js stays a chunk of its own, loaded when it is needed. */
export async function buildLab(outdir) {
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const shared = {
    bundle: true,
    outdir,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    metafile: true,
  };
  const page = await build({
    ...shared,
    entryPoints: [
      { in: 'src/lab/page/main.tsx', out: 'page' },
      { in: 'src/lab/page/style.css', out: 'style' },
      { in: 'node_modules/uplot/dist/uPlot.min.css', out: 'uplot' },
    ],
  });
  const worker = await build({
    ...shared,
    splitting: true,
    entryPoints: [{ in: 'src/lab/worker.ts', out: 'worker' }],
  });
  copyFileSync('src/lab/index.html', `${outdir}/index.html`);
  return { page: page.metafile, worker: worker.metafile };
}

if (process.argv[1]?.endsWith('lab.mjs')) {
  await buildLab('dist/lab');
  console.log('dist/lab');
}
