/** @file Rows of a table overwritten where they are, at the cost of these rows alone. */

import { type DistinctRows, namedRows, replaceRows } from '../ops/replace-rows.ts';
import { ShapeError } from '../tape/shape.ts';
import { nameOf } from '../tape/show-tensor.ts';
import type { Tensor } from '../tape/tensor.ts';
import { expectSameStructure, leaves, rebuild, type Tree } from '../tape/tree.ts';
import { expectAddressesWithin } from './addresses.ts';
import {
  bufferOf,
  deviceOf,
  expectOwner,
  expectUnused,
  handOver,
  leafOf,
  pin,
  release,
} from './buffers.ts';
import { evaluate } from './evaluate.ts';

/**
 * `replaceRows` in place, for training loops: row `index[i]` of each table is overwritten by row `i`
 * of its rows. The results are leaves that take over the tables' memory. Devices that cannot write
 * in place compute new tables and free the old ones.
 *
 * `tables` are results of `evaluate` or `compile`, all `[n, …]` for one n; `rows` are trees of the
 * same structure, `[at.index.size, …]`, computed or on the host; `at` is as `distinctRows` made it. A
 * table must not be used after the call: any use throws an Error, and so do graphs recorded on it
 * that are not computed yet. Throws an Error for a table that is not on a device and for rows that
 * are not computed, and a ShapeError if the shapes do not fit, for addresses beyond the tables, for
 * tensors of addresses, and for a table that is among the rows too. A call that throws takes no table.
 */
export async function updateRows<T extends Tree>(tables: T, at: DistinctRows, rows: T): Promise<T> {
  expectSameStructure('updateRows: rows', tables, rows);
  const [all, given] = [leaves(tables), leaves(rows)];
  const replaced = all.map((table, i) => expectFitting(table, at, given[i], all));
  const count = namedRows(at);
  if (count > at.index.size) {
    throw new ShapeError(
      `updateRows: the index lists ${at.index.size} rows and says that it names ${count}: take all ` +
        'of its fields from one distinctRows',
    );
  }
  const unpin = pin([...given, at.index]);
  const updates: Update[] = [];
  try {
    for (const [i, table] of all.entries()) {
      updates.push(await prepared(table, at.index, given[i], { count, replaced: replaced[i] }));
    }
    // Whatever ran meanwhile may have taken one, or read it still.
    for (const table of all) expectFree(table);
    return rebuild(
      tables,
      updates.map(({ apply }) => apply()),
    );
  } catch (error) {
    for (const { next } of updates) if (next) release(next);
    throw error;
  } finally {
    unpin();
  }
}

/** An update with all that it needs, so that none is begun while another may fail. */
interface Update {
  /** The new table, where the device cannot write to the old one. */
  readonly next?: Tensor;
  /** Takes the table and returns what is in its place. */
  apply(): Tensor;
}

async function prepared(
  table: Tensor,
  at: Tensor,
  rows: Tensor,
  { count, replaced }: { readonly count: number; readonly replaced: Tensor },
): Promise<Update> {
  const device = deviceOf('updateRows', table);
  const index = await bufferOf(device, at);
  // Without rows to write, the padding of the index addresses none.
  const limits = count > 0 ? [{ input: 0, extent: table.shape[0] }] : [];
  await expectAddressesWithin(device, limits, [index]);
  const write = device.writeRows?.bind(device);
  if (!write) {
    const next = await evaluate(replaced, { device });
    const apply = () => {
      device.free(handOver(table, taken));
      return next;
    };
    return { next, apply };
  }
  const written = await bufferOf(device, rows);
  const width = rows.size / rows.shape[0];
  const apply = () => {
    const buffer = handOver(table, taken);
    write(buffer, index, written, { count, width });
    return leafOf(device, table, buffer);
  };
  return { apply };
}

const taken = 'updateRows took it: use the one that it returned';

function expectFree(table: Tensor): void {
  if (table.value) expectOwner(table.value);
  expectUnused('updateRows', table);
}

/** The table with its rows replaced, as a graph; throws before anything is taken. */
function expectFitting(table: Tensor, at: DistinctRows, rows: Tensor, all: readonly Tensor[]) {
  deviceOf('updateRows', table);
  expectFree(table);
  if (all.filter(({ value }) => value === table.value).length > 1) {
    throw new ShapeError('updateRows: a table comes twice: give each once');
  }
  if (table.kind === 'index' || rows.kind === 'index') {
    throw new ShapeError('updateRows: expected real tables and rows, got addresses');
  }
  if (rows.primitive) {
    throw new Error(
      `updateRows: ${nameOf(rows)}, is not computed yet: pass it through evaluate first`,
    );
  }
  if (all.some(({ value }) => value === rows.value)) {
    throw new ShapeError('updateRows: a table is among the rows too: evaluate a copy of it first');
  }
  return replaceRows(table, at, rows);
}
