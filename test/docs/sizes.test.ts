/** @file What a page loads of hypertape is as large as the README says. */

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** The chunks that a chunk loads at once, itself included. */
function loadedWith({ outputs }: Metafile, path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const { path: next, kind } of outputs[path].imports) {
    if (kind === 'import-statement') loadedWith({ inputs: {}, outputs }, next, seen);
  }
  return seen;
}

/** Bytes of a program of `{ grad, tensor }`, and of gpu.js, which only its devices load. */
async function measureSizes() {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `import { grad, tensor } from 'hypertape/autodiff';\nconsole.log(grad, tensor);`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    outdir: 'bundle',
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const chunks = Object.entries(metafile.outputs);
  const [entry] = chunks.find(([, { entryPoint }]) => entryPoint === '<stdin>') ?? [''];
  const atOnce = loadedWith(metafile, entry);
  const gpuJs = chunks.filter(([, { inputs }]) =>
    Object.keys(inputs).some((input) => input.includes('node_modules/gpu.js/')),
  );
  const sizeOf = (paths: readonly string[]) => {
    const files = outputFiles.filter((file) =>
      paths.some((path) => file.path.endsWith(`/${path}`)),
    );
    assert.is(files.length, paths.length);
    const kilobytes = (parts: readonly Uint8Array[]) =>
      parts.reduce((total, { length }) => total + length, 0) / 1000;
    const contents = files.map((file) => file.contents);
    return {
      gzip: kilobytes(contents.map((part) => gzipSync(part))),
      minified: kilobytes(contents),
    };
  };
  assert.not(
    gpuJs.some(([path]) => atOnce.has(path)),
    'gpu.js is loaded at once',
  );
  return { atOnce: sizeOf([...atOnce]), gpuJs: sizeOf(gpuJs.map(([path]) => path)) };
}

test('bundles are as large as the README says, to a tenth', async () => {
  const readme = readFileSync('README.md', 'utf8');
  const promised = [...readme.matchAll(/(\d+) KB \((\d+) KB before gzip\)/g)];
  const { atOnce, gpuJs } = await measureSizes();
  const measured = [atOnce, gpuJs].flatMap(({ gzip, minified }) => [gzip, minified]);
  const named = promised.flatMap(([, gzip, minified]) => [Number(gzip), Number(minified)]);
  assert.is(named.length, measured.length);
  measured.forEach((size, i) => {
    assert.ok(Math.abs(named[i] - size) <= 0.1 * size, `${named[i]} KB named, ${size} KB measured`);
  });
});

test.run();
