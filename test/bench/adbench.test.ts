/** @file ADBench's instances against the values of its own tests and complex-step derivatives. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { testWithFolder } from '../external-data.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const run = (...args: string[]) =>
  promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'bench/adbench/main.ts', 'adbench', ...args],
    {
      cwd: root,
    },
  );

interface Result {
  readonly file: string;
  readonly device: string;
  readonly objective: number;
  readonly gradientNorm: number;
  readonly error: number;
}

/** Objectives of ADBench, and gradient norms by complex steps of 1e-30. */
const expected = [
  { file: 'gmm_d2_K3_n1.txt', objective: 8.07380408004976, gradientNorm: 6.68964746241659 },
  { file: 'gmm_d2_K5.txt', objective: -5240.59056254964, gradientNorm: 1277.18886467943 },
  { file: 'lstm_l2_c1024.txt', objective: 0.666665179558852, gradientNorm: 0.0947413801144606 },
];

testWithFolder(test, 'HYPERTAPE_DATA', 'objectives and gradients of ADBench', async (folder) => {
  const files = expected.map(({ file }) => join(folder, 'adbench', file));
  const { stdout } = await run(...files, '--json', '--seconds', '0');
  const results: Result[] = JSON.parse(stdout.trim().split('\n').at(-1) as string);
  for (const { file, objective, gradientNorm } of expected) {
    const [reference, simd] = results.filter((result) => result.file.endsWith(file));
    assert.is(reference.device, 'reference');
    const relative = (x: number, y: number) => Math.abs(x - y) / Math.abs(y);
    assert.ok(relative(reference.objective, objective) < 1e-10, `${file}: ${reference.objective}`);
    assert.ok(
      relative(reference.gradientNorm, gradientNorm) < 1e-10,
      `${file}: ${reference.gradientNorm}`,
    );
    // Sums of up to 1,024 terms in f32.
    assert.ok(simd.error < 1024 * 2 ** -24, `${file} on simd: ${simd.error}`);
  }
});

test('a file of another kind, or one that is not there, is refused by its name', async () => {
  const failureOf = (file: string) =>
    run(file).then(
      () => assert.unreachable() as never,
      (error: { code: number; stderr: string }) => error,
    );
  const other = await failureOf('hand.txt');
  assert.is(other.code, 2);
  assert.match(other.stderr, /hand\.txt: expected a name that begins with gmm or lstm/);
  const absent = await failureOf('gmm_absent.txt');
  assert.is(absent.code, 2);
  assert.match(absent.stderr, /gmm_absent\.txt: cannot be read/);
});

test.run();
