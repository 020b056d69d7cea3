/** @file Minibatches of rows, all padded to one shape so that each step replays one plan. */

import {
  gather,
  mul,
  type NoData,
  type RowIndex,
  rowIndex,
  type SparsePattern,
  segmentSum,
  sparsePattern,
  type Tensor,
  type Tree,
  tensor,
} from '../../autodiff/index.ts';
import { random } from '../../data/random.ts';
import type { SparseMatrix } from '../../data/sparse.ts';

/** Rows of a table; `mask` `[capacity, 1]` is 1 for each row and 0 for the padding after them. */
export type MaskedRows = { readonly index: RowIndex; readonly mask: Tensor };

/** The entries of a sparse matrix. */
export type Entries = { readonly pattern: SparsePattern; readonly values: Tensor };

/** Some rows of the data with their entries, and some of the fake users, if there are any. */
export type Minibatch = Entries & { readonly rows: MaskedRows; readonly fakes?: MaskedRows };

/** The data of a step: a minibatch, or `noData` where every step reads all rows. */
export type Batch = Minibatch | NoData;

/** The minibatch that a step reads, if any; its data may hold more. */
export const minibatchOf = (batch: Tree): Minibatch | undefined =>
  'rows' in batch ? (batch as Minibatch) : undefined;

/** All entries of a matrix. */
export const allEntries = (data: SparseMatrix): Entries => ({
  pattern: sparsePattern(data),
  values: tensor(data.values),
});

/** The selected rows of a table, with zeros for padding; without a selection the table. */
export const selectRows = (table: Tensor, rows?: MaskedRows): Tensor =>
  rows ? mul(gather(table, rows.index), rows.mask) : table;

/**
 * Values `[capacity, 1]` of the selected rows as those of all rows of the table, 0 for rows that
 * are not selected; without a selection the values.
 */
export const spreadRows = (values: Tensor, rows?: MaskedRows): Tensor =>
  rows ? segmentSum(mul(values, rows.mask), rows.index) : values;

/** How a model goes through its rows. */
export type EpochSettings = {
  readonly epochs: number;
  /** Rows of a step. */
  readonly batchSize: number | 'all';
};

/** Rows of a batch, at least one and at most all of `rows`, and batches of an epoch. */
export function epochLength(rows: number, batchSize: EpochSettings['batchSize']) {
  const size = Math.max(1, batchSize === 'all' ? rows : Math.min(batchSize, rows));
  return { size, stepsPerEpoch: Math.ceil(rows / size) };
}

/**
 * Shuffles `rows` rows anew in each epoch and cuts them into batches of `size`. The last batch of
 * an epoch is smaller where `size` does not divide `rows`.
 */
export function epochBatches(rows: number, size: number, epochs: number, seed: number) {
  const generator = random(seed).fork('batches');
  const batches: Int32Array[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = Int32Array.from({ length: rows }, (_, row) => row);
    generator.shuffle(order);
    for (let from = 0; from < rows; from += size) batches.push(order.slice(from, from + size));
  }
  return batches;
}

/** The steps of a training over `rows` rows, and the rows of each step. */
export function minibatches(rows: number, { epochs, batchSize }: EpochSettings, seed: number) {
  const { size, stepsPerEpoch } = epochLength(rows, batchSize);
  const batches = epochBatches(rows, size, epochs, seed);
  return { stepsPerEpoch, steps: batches.length, batches };
}

/**
 * Makes the minibatch of a step from its list of rows: numbers below `data.rows` are rows of the
 * data, the numbers from there on are fake users. All minibatches are padded to the largest.
 */
export function minibatchMaker(data: SparseMatrix, lists: readonly Int32Array[], fakes: number) {
  const split = (list: Int32Array) => ({
    real: list.filter((row) => row < data.rows),
    fake: list.filter((row) => row >= data.rows).map((row) => row - data.rows),
  });
  const capacity = { real: 1, fake: 1, entries: 1 };
  for (const list of lists) {
    const { real, fake } = split(list);
    const entries = real.reduce((n, row) => n + data.indptr[row + 1] - data.indptr[row], 0);
    capacity.real = Math.max(capacity.real, real.length);
    capacity.fake = Math.max(capacity.fake, fake.length);
    capacity.entries = Math.max(capacity.entries, entries);
  }
  return (step: number): Minibatch => {
    const { real, fake } = split(lists[step]);
    const batch = {
      rows: maskedRows(real, capacity.real, data.rows),
      ...entriesOfRows(data, real, capacity.real, capacity.entries),
    };
    if (fakes === 0) return batch;
    return { ...batch, fakes: maskedRows(fake, capacity.fake, fakes) };
  };
}

function maskedRows(rows: Int32Array, capacity: number, tableRows: number): MaskedRows {
  const index = new Int32Array(capacity);
  index.set(rows);
  const mask = new Float64Array(capacity).fill(1, 0, rows.length);
  return { index: rowIndex(index, tableRows), mask: tensor(mask, [capacity, 1]) };
}

/** The entries of some rows, as a matrix of `capacity` rows padded to `count` entries. */
function entriesOfRows(
  data: SparseMatrix,
  rows: Int32Array,
  capacity: number,
  count: number,
): Entries {
  const indptr = new Int32Array(capacity + 1);
  const indices = new Int32Array(count);
  const values = new Float64Array(count);
  let end = 0;
  rows.forEach((row, i) => {
    const [from, to] = [data.indptr[row], data.indptr[row + 1]];
    indices.set(data.indices.subarray(from, to), end);
    values.set(data.values.subarray(from, to), end);
    end += to - from;
    indptr[i + 1] = end;
  });
  indptr.fill(end, rows.length + 1);
  const entries = indices.subarray(0, end);
  const matrix = { rows: capacity, columns: data.columns, indptr, indices: entries };
  return { pattern: sparsePattern(matrix, count), values: tensor(values) };
}
