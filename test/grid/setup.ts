/** @file What the tests of the grid share. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineCell, type LocalOptions, Store } from '../../src/grid/index.ts';
import { kinds, number, sum } from './kinds.ts';

/** The program that computes a cell. */
export const program = { module: fileURLToPath(new URL('./program.ts', import.meta.url)) };

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
