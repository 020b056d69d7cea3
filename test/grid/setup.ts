/** @file What the tests of the grid share. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { type Cell, defineCell, type LocalOptions, Store } from '../../src/grid/index.ts';
import { kinds, number, sum, work } from './kinds.ts';

/** A program of the tests, bundled: a process that compiles it takes a second longer. */
export function bundled(name: string): string {
  // Beside the packages that it loads when it runs.
  const folder = mkdtempSync(join('node_modules', '.hypertape-grid-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const outfile = resolve(folder, `${basename(name)}.mjs`);
  buildSync({
    entryPoints: [fileURLToPath(new URL(`./${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}

/** The program that computes a cell. */
export const program = { module: bundled('program'), execArgv: [] };

/** The program that runs a grid of its own. */
export const runnerProgram = bundled('runner');

/** The program of a worker. */
export const workerProgram = bundled('worker');

/** Options of an executor of child processes. */
export const local = (options: Partial<LocalOptions> = {}): LocalOptions => ({
  program,
  kinds,
  jobs: 2,
  ...options,
});

/** Runs with a folder, which is removed; `log` gives the lines that cells have written so far. */
export async function withFolder(
  run: (folder: string, log: () => string[]) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hypertape-grid-'));
  process.env.GRID_TEST_LOG = join(folder, 'log.txt');
  process.env.GRID_TEST_CURE = join(folder, 'cure');
  const log = () => {
    try {
      return readFileSync(join(folder, 'log.txt'), 'utf8').trimEnd().split('\n');
    } catch {
      return [];
    }
  };
  try {
    await run(folder, log);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A store in a folder. */
export const storeIn = (folder: string, name = 'store') => Store.open(join(folder, name));

/** Two numbers, their sum, and twice the sum and the first. */
export function smallGrid() {
  const one = defineCell(number, { value: 1 });
  const two = defineCell(number, { value: 2 });
  const three = defineCell(sum, { scale: 1 }, { one, two });
  const eight = defineCell(sum, { scale: 2 }, { one, three });
  return { one, two, three, eight, cells: [one, two, three, eight] };
}

/** Independent cells that each compute for a while, about half a second. */
export const workCells = (count = 6, steps = 3e8) =>
  Array.from({ length: count }, (_, seed) => defineCell(work, { steps, seed }));

/** The result of a work cell, computed here. */
export function workResult({ config }: Cell): { state: number; seed: number } {
  const { steps, seed } = config as { steps: number; seed: number };
  // The steps are those of an affine map modulo 2^32, whose powers are found by squaring.
  const modulus = 2n ** 32n;
  let [factor, offset] = [1664525n, 1013904223n];
  let [a, b] = [1n, 0n];
  for (let left = steps; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) [a, b] = [(factor * a) % modulus, (factor * b + offset) % modulus];
    [factor, offset] = [(factor * factor) % modulus, (factor * offset + offset) % modulus];
  }
  return { state: Number((a * BigInt(seed) + b) % modulus), seed };
}

/** Waits until something holds. */
export async function until(holds: () => boolean, seconds = 60): Promise<void> {
  const end = Date.now() + 1000 * seconds;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`it did not happen in ${seconds} s: ${holds}`);
    await pause(20);
  }
}

/** The message of the error that a promise ends with. */
export const messageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => {
      throw new Error('there was no error');
    },
    (error: Error) => error.message,
  );
