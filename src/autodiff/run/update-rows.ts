/** @file Rows of a table overwritten where they are, at the cost of these rows alone. */

import { type DistinctRows, namedRows, replaceRows } from '../ops/replace-rows.ts';
import { ShapeError } from '../tape/shape.ts';
import type { Tensor } from '../tape/tensor.ts';
import { expectSameStructure, leaves, rebuild, type Tree } from '../tape/tree.ts';
import { deviceOf, expectUnused, handOver, leafOf, withBuffers } from './buffers.ts';
import { evaluate } from './evaluate.ts';

/**
 * `replaceRows` in place, for training loops: row `index[i]` of each table is overwritten by row `i`
 * of its rows. The results are leaves that take over the tables' memory. Devices that cannot write
 * in place compute new tables and free the old ones.
 *
 * `tables` are results of `evaluate` or `compile`, all `[n, …]` for one n; `rows` are trees of the
 * same structure, `[at.index.size, …]`, computed or on the host; `at` is as `distinctRows` made it. A
 * table must not be used after the call: any use throws an Error, and so do graphs recorded on it
 * that are not computed yet. Throws an Error for a table that is not on a device, and a ShapeError if
 * the shapes do not fit, for tensors of addresses, and for a table that is among the rows too; then
 * no table is taken.
 */
export async function updateRows<T extends Tree>(tables: T, at: DistinctRows, rows: T): Promise<T> {
  expectSameStructure('updateRows: rows', tables, rows);
  const [all, given] = [leaves(tables), leaves(rows)];
  const replaced = all.map((table, i) => expectFitting(table, at, given[i], all));
  const count = namedRows(at);
  const updated: Tensor[] = [];
  for (const [i, table] of all.entries()) {
    updated.push(await updateTable(table, at.index, given[i], { count, replaced: replaced[i] }));
  }
  return rebuild(tables, updated);
}

/** The table with its rows replaced, as a graph; throws before anything is taken. */
function expectFitting(table: Tensor, at: DistinctRows, rows: Tensor, all: readonly Tensor[]) {
  deviceOf('updateRows', table);
  expectUnused('updateRows', table);
  if (all.filter(({ value }) => value === table.value).length > 1) {
    throw new ShapeError('updateRows: a table comes twice: give each once');
  }
  if (table.kind === 'index' || rows.kind === 'index') {
    throw new ShapeError('updateRows: expected real tables and rows, got addresses');
  }
  if (all.some(({ value }) => value === rows.value)) {
    throw new ShapeError('updateRows: a table is among the rows too: evaluate a copy of it first');
  }
  return replaceRows(table, at, rows);
}

const taken = 'updateRows took it: use the one that it returned';

async function updateTable(
  table: Tensor,
  at: Tensor,
  rows: Tensor,
  { count, replaced }: { readonly count: number; readonly replaced: Tensor },
): Promise<Tensor> {
  const device = deviceOf('updateRows', table);
  const write = device.writeRows?.bind(device);
  if (!write) {
    const next = await evaluate(replaced, { device });
    device.free(handOver(table, taken));
    return next;
  }
  const width = rows.size / rows.shape[0];
  return withBuffers(device, [rows, at], ([written, index]) => {
    const buffer = handOver(table, taken);
    write(buffer, index, written, { count, width });
    return leafOf(device, table, buffer);
  });
}
