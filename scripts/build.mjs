/** @file Builds dist/: the entry points of `exports`, the command line, and the type declarations. */

import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { buildLab } from './lab.mjs';

/** Takes the place of dist/ once it is whole: programs that start from there find all files. */
const folder = 'dist.new';
rmSync(folder, { recursive: true, force: true });

/** What pages need that load dist/ without a bundler; everything else stays a dependency. */
const bundled = ['pure-rand'];
const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const external = Object.keys(dependencies).filter((name) => !bundled.includes(name));

const layers = ['autodiff', 'data', 'grid', 'models', 'defence', 'attack', 'eval', 'picture'];
await build({
  entryPoints: [
    { in: 'src/index.ts', out: 'index' },
    { in: 'src/cli/main.ts', out: 'cli' },
    ...layers.map((layer) => ({ in: `src/${layer}/index.ts`, out: layer })),
  ],
  outdir: folder,
  bundle: true,
  // One copy of each module: a tensor made by one entry point is a tensor to all of them.
  splitting: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  external: ['node:*', ...external.flatMap((name) => [name, `${name}/*`])],
});

await buildLab(join(folder, 'lab'));

const licences = bundled.map(
  (name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8')}`,
);
writeFileSync(join(folder, 'THIRD-PARTY.txt'), licences.join('\n\n'));

const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
execFileSync(
  process.execPath,
  [join(typescript, 'bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', join(folder, 'types')],
  {
    stdio: 'inherit',
  },
);

rmSync('dist', { recursive: true, force: true });
renameSync(folder, 'dist');
