/** @file The results of cells, read from their store. */

import type { Cell, CellRecord, Store } from '../../grid/index.ts';
import type { Results } from './experiment.ts';

/** Reads the records of cells that are done. Throws a DamagedError that names a damaged file. */
export async function readResults(store: Store, cells: readonly Cell[]): Promise<Results> {
  const records = new Map<string, CellRecord>();
  for (const { id } of cells) {
    const record = records.has(id) ? null : await store.read(id);
    if (record) records.set(id, record);
  }
  return {
    record: ({ id }) => records.get(id) ?? null,
    // The kind's version is part of the id, so that the result has the form of this version.
    of: <Result>({ id }: Cell<Result>) => (records.get(id)?.result as Result | undefined) ?? null,
  };
}
