/** @file A temporary folder for tests that write files. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder that goes when the process ends. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hypertape-'));
  process.on('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Runs something that must fail, and returns the error. */
export async function failure(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected an error, got none');
}
