/** @file The device works once bundled for browsers, minified, with names kept: workers too. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device } from '../../../../src/autodiff/devices/device.ts';
import { matmul, planOf, tensor } from '../../../../src/autodiff/index.ts';

test('a bundle without Node in it multiplies on two threads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hypertape-bundle-'));
  const outfile = join(folder, 'simd.mjs');
  await build({
    entryPoints: ['src/autodiff/devices/simd/simd.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    minify: true,
    keepNames: true,
  });
  const { openSimd } = await import(pathToFileURL(outfile).href);
  const device: Device = await openSimd({ threads: 2 });
  const ones = new Float32Array(500 * 500).fill(1);
  const x = tensor(ones, [500, 500]);
  const program = await device.compile(planOf((y) => [matmul(y, y)], x));
  const input = await device.upload(ones, 'real');
  const until = performance.now() + 500;
  while (performance.now() < until) {
    const [output] = await program.run([input]);
    const got = await device.read(output);
    assert.ok(got.every((cell: number) => cell === 500));
    device.free(output);
    // Lets a worker that fails say so.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await device.dispose();
  await rm(folder, { recursive: true });
});

test.run();
