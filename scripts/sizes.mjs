/** @file What a page loads of hypertape, in bytes: bundled, minified and compressed. Needs dist/. */

import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/**
 * Bytes of the code that a program of `{ grad, tensor }` loads at once, and of gpu.js, which is
 * loaded where a device of it is opened.
 */
export async function measureSizes() {
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
    logLevel: 'silent',
  });
  const outputs = Object.entries(metafile.outputs);
  const bytesOf = (path) => outputFiles.find((file) => file.path.endsWith(path)).contents;
  const sizeOf = (paths) => {
    const contents = paths.map(bytesOf);
    const total = (numbers) => numbers.reduce((sum, n) => sum + n, 0);
    return {
      minified: total(contents.map((bytes) => bytes.length)),
      gzip: total(contents.map((bytes) => gzipSync(bytes, { level: 9 }).length)),
    };
  };
  const atOnce = new Set();
  const follow = (path) => {
    if (atOnce.has(path)) return;
    atOnce.add(path);
    const { imports } = metafile.outputs[path];
    for (const { path: next, kind } of imports) if (kind === 'import-statement') follow(next);
  };
  for (const [path, { entryPoint }] of outputs) if (entryPoint === '<stdin>') follow(path);
  const lazy = outputs
    .filter(([path, { inputs }]) => {
      const ofGpuJs = Object.keys(inputs).some((input) => input.includes('node_modules/gpu.js/'));
      return ofGpuJs && !atOnce.has(path);
    })
    .map(([path]) => path);
  return { atOnce: sizeOf([...atOnce]), gpuJs: sizeOf(lazy) };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(JSON.stringify(await measureSizes(), null, 2));
}
