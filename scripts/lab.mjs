/** @file `npm run lab`: bundles the page of the lab into a folder that any static host serves. */

import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { pastBarrels } from './past-barrels.mjs';

/** What does nothing when it is imported, so that what the page does not use of it is left out. */
const quiet = /\/ml-matrix\/|\/src\/(attack|autodiff|data|defence|eval|models)\//;
/** What makes tensors compute, once it is imported. */
const evaluator = /\/src\/autodiff\/run\/evaluate\.ts$/;

/** Tells esbuild so. */
const leaveOut = {
  name: 'leave out what is not used',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /.*/ }, async ({ path, pluginData, ...args }) => {
      if (pluginData === 'resolved') return undefined;
      const found = await resolve(path, { ...args, pluginData: 'resolved' });
      if (found.errors.length > 0) return found;
      const file = found.path.replaceAll('\\', '/');
      const isQuiet = quiet.test(file) && !evaluator.test(file);
      return isQuiet && !found.path.includes('/src/lab/')
        ? { ...found, sideEffects: false }
        : found;
    });
  },
};

/**
 * Leaves out of libraries what the page never calls and esbuild cannot see: the distributions of
 * d3-random, of which the page draws from one, are made without effects; ml-matrix puts functions of
 * each element into its classes, and the page takes eigenvalues.
 */
const lessOfLibraries = {
  name: 'less of libraries',
  setup({ onLoad }) {
    onLoad({ filter: /\/ml-matrix\/src\/mathOperations\.js$/ }, () => ({
      contents: 'export function installMathOperations() {}',
    }));
    onLoad({ filter: /\/d3-random\/.*\.mjs$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('= (function', '= /* @__PURE__ */ (function'),
    }));
  },
};

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
    // Its sources, of which the bundle takes what the page uses.
    alias: { 'ml-matrix': './node_modules/ml-matrix/src/index.js' },
    metafile: true,
    plugins: [leaveOut, pastBarrels, lessOfLibraries],
  };
  const page = await build({
    ...shared,
    splitting: true,
    entryPoints: [
      { in: 'src/lab/page/main.tsx', out: 'page' },
      { in: 'src/lab/page/style.css', out: 'style' },
      { in: 'src/lab/page/panels.css', out: 'panels' },
      { in: 'src/lab/page/pictures.css', out: 'pictures' },
      { in: 'src/lab/page/story.css', out: 'story' },
      { in: 'src/lab/page/tape.css', out: 'tape' },
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
