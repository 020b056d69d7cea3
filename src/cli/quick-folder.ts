/** @file The folder of the data that quick experiments are made on. */

import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type DataSet, writeDataFolder } from '../data/index.ts';
import { UserError } from '../errors.ts';
import { readStudyData, studyDigest } from '../eval/index.ts';
import { Store, Waiting } from '../grid/index.ts';

/**
 * Writes data into the `work` folder of a store, unless they are there, and gives their folder. Cells
 * of another command may be reading it, so that it is written once, by one process alone.
 */
export async function quickFolder(results: string, data: DataSet): Promise<string> {
  const { leases } = await Store.open(results);
  const waiting = new Waiting(leases, (line) => process.stderr.write(`${line}\n`));
  const id = 'quick-data';
  const folder = join(results, 'work', id);
  const digest = studyDigest(data);
  while (!(await isThere(folder, digest))) {
    const lease = await leases.acquire(id);
    if (!lease) {
      await waiting.on([{ id, name: folder }]);
      await setTimeout(200);
      continue;
    }
    try {
      // Another process may have written it before this one had the lease.
      if (await isThere(folder, digest)) continue;
      await writeDataFolder(folder, data, { source: 'made by reproduce --quick' });
    } finally {
      await lease.release();
    }
  }
  return folder;
}

async function isThere(folder: string, digest: string): Promise<boolean> {
  try {
    await readStudyData(folder, digest);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}
