/** @file Rows of a table overwritten where they are, at the cost of these rows alone. */

import { type DistinctRows, namedRows, replaceRows } from '../ops/replace-rows.ts';
import type { Tensor } from '../tape/tensor.ts';
import { leaves, rebuild, type Tree } from '../tape/tree.ts';
import { bufferOf, deviceOf, handOver, leafOf } from './buffers.ts';
import { evaluate } from './evaluate.ts';

/**
 * `replaceRows` for training loops, of tables of equally many rows, computed on the device that holds
 * them: the results are leaves that take over the tables' memory, with row `index[i]` overwritten by
 * row `i` of `rows`. Devices that cannot write in place compute new tables and free the old ones.
 *
 * A table given must not be used after, any use is an error; graphs that were recorded on it and not
 * computed are lost as well. It must be a result of `evaluate` or `compile`, which nobody else holds:
 * an Error says so of a tensor that keeps its numbers on the host. `rows` are computed or on the
 * host. Throws a ShapeError if the shapes do not fit.
 */
export async function updateRows<T extends Tree>(tables: T, at: DistinctRows, rows: T): Promise<T> {
  const [all, given] = [leaves(tables), leaves(rows)];
  const updated: Tensor[] = [];
  for (const [i, table] of all.entries()) updated.push(await updateTable(table, at, given[i]));
  return rebuild(tables, updated);
}

async function updateTable(table: Tensor, at: DistinctRows, rows: Tensor): Promise<Tensor> {
  const device = deviceOf('updateRows', table);
  const replaced = replaceRows(table, at, rows);
  if (!device.writeRows) {
    const next = await evaluate(replaced, { device });
    device.free(handOver(table));
    return next;
  }
  const written = await bufferOf(device, rows);
  const index = await bufferOf(device, at.index);
  const buffer = handOver(table);
  const size = { count: namedRows(at), width: rows.size / rows.shape[0] };
  device.writeRows(buffer, index, written, size);
  return leafOf(device, table, buffer);
}
