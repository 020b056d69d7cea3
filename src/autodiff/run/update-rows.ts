/** @file Rows of a table overwritten where they are, at the cost of these rows alone. */

import { type DistinctRows, namedRows, replaceRows } from '../ops/replace-rows.ts';
import type { Tensor } from '../tape/tensor.ts';
import { expectSameStructure, leaves, rebuild, type Tree } from '../tape/tree.ts';
import { bufferOf, deviceOf, expectUnused, handOver, leafOf } from './buffers.ts';
import { evaluate } from './evaluate.ts';

/**
 * `replaceRows` in place, for training loops: row `index[i]` of each table is overwritten by row `i`
 * of its rows. The results are leaves that take over the tables' memory. Devices that cannot write
 * in place compute new tables and free the old ones.
 *
 * `tables` are results of `evaluate` or `compile`, all `[n, …]` for one n; `rows` are trees of the
 * same structure, `[at.index.size, …]`, computed or on the host. A table must not be used after the
 * call: any use throws an Error, and so do graphs recorded on it that are not computed yet. Throws
 * an Error for a table that is not on a device, and a ShapeError if the shapes do not fit.
 */
export async function updateRows<T extends Tree>(tables: T, at: DistinctRows, rows: T): Promise<T> {
  expectSameStructure('updateRows: rows', tables, rows);
  const [all, given] = [leaves(tables), leaves(rows)];
  const updated: Tensor[] = [];
  for (const [i, table] of all.entries()) updated.push(await updateTable(table, at, given[i]));
  return rebuild(tables, updated);
}

const taken = 'updateRows took it: use the one that it returned';

async function updateTable(table: Tensor, at: DistinctRows, rows: Tensor): Promise<Tensor> {
  const device = deviceOf('updateRows', table);
  expectUnused('updateRows', table);
  const replaced = replaceRows(table, at, rows);
  if (!device.writeRows) {
    const next = await evaluate(replaced, { device });
    device.free(handOver(table, taken));
    return next;
  }
  const written = await bufferOf(device, rows);
  const index = await bufferOf(device, at.index);
  const buffer = handOver(table, taken);
  const size = { count: namedRows(at), width: rows.size / rows.shape[0] };
  device.writeRows(buffer, index, written, size);
  return leafOf(device, table, buffer);
}
