/** @file Where the benchmarks find their data. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readDataFolder, type SparseMatrix } from '../src/data/index.ts';
import { Skipped } from './benchmark.ts';

/** A folder of the shared data, which the environment variable HYPERTAPE_DATA names, if it does. */
export const sharedFolder = (name: string): string | undefined =>
  process.env.HYPERTAPE_DATA && join(process.env.HYPERTAPE_DATA, name);

/** The Gowalla folder of a run, which exists. Throws `Skipped` without one. */
export function gowallaFolder(data: string | undefined): string {
  if (data && existsSync(data)) return data;
  const reason = data ? `there is no folder ${data}` : 'no data folder is named';
  throw new Skipped(`${reason}: give --data, or set HYPERTAPE_DATA`);
}

/** The clicks to train on of a Gowalla folder. Throws `Skipped` without one. */
export async function gowallaClicks(data: string | undefined): Promise<SparseMatrix> {
  const { train } = await readDataFolder(gowallaFolder(data));
  return train;
}
