/** @file Minibatches of rows padded to one shape, so that every step replays one plan. */

import {
  gather,
  mul,
  type NoData,
  type RowIndex,
  rowIndex,
  type SparsePattern,
  sparsePattern,
  type Tensor,
  tensor,
} from '../autodiff/index.ts';
import { random } from '../data/random.ts';
import type { SparseMatrix } from '../data/sparse.ts';

/** Rows of a table, `mask` 1 for each and 0 for the padding after them (`[capacity, 1]`). */
export type MaskedRows = { readonly index: RowIndex; readonly mask: Tensor };

/** The rows of one step: of the data, with their entries, and of the fake users, if any. */
export type Minibatch = {
  readonly rows: MaskedRows;
  readonly pattern: SparsePattern;
  readonly values: Tensor;
  readonly fakes?: MaskedRows;
};

/** The data of a step: a minibatch, or none where each step reads all rows. */
export type Batch = Minibatch | NoData;

/** The minibatch of a step, if it reads one. */
export const minibatchOf = (batch: Batch): Minibatch | undefined =>
  'rows' in batch ? batch : undefined;

/** All entries of a matrix; one of padding where it has none. */
export function entriesOfAll(data: SparseMatrix): Pick<Minibatch, 'pattern' | 'values'> {
  const values = new Float64Array(Math.max(1, data.values.length));
  values.set(data.values);
  return { pattern: sparsePattern(data, values.length), values: tensor(values) };
}

/** Rows of a table, zeros where the batch is padded; all rows where there is no batch. */
export const rowsOf = (x: Tensor, rows?: MaskedRows): Tensor =>
  rows ? mul(gather(x, rows.index), rows.mask) : x;

/** Rows of a batch and batches of an epoch; a batch holds at most all rows, and no fewer than one. */
export function epochLength(rows: number, batchSize: number | 'all') {
  const size = Math.max(1, batchSize === 'all' ? rows : Math.min(batchSize, rows));
  return { size, stepsPerEpoch: Math.ceil(rows / size) };
}

/**
 * Shuffles `rows` rows anew in each epoch and cuts them into batches of `size`, the last one
 * smaller where it does not divide them.
 */
export function epochBatches(rows: number, size: number, epochs: number, seed: number) {
  const generator = random(seed).fork('batches');
  const batches: Int32Array[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = Int32Array.from({ length: rows }, (_, row) => row);
    generator.shuffle(order);
    for (let at = 0; at < rows; at += size) batches.push(order.slice(at, at + size));
  }
  return batches;
}

/**
 * Makes the batch of a step from its list of rows: numbers below `data.rows` are rows of the
 * data, those from there on fake users. All batches are padded to the largest.
 */
export function batchMaker(data: SparseMatrix, lists: readonly Int32Array[], fakes: number) {
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
      ...entriesOf(data, real, capacity.real, capacity.entries),
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

/** The entries of some rows, as a matrix of `capacity` rows padded to `entries` entries. */
function entriesOf(data: SparseMatrix, rows: Int32Array, capacity: number, entries: number) {
  const indptr = new Int32Array(capacity + 1);
  const indices = new Int32Array(entries);
  const values = new Float64Array(entries);
  let count = 0;
  rows.forEach((row, i) => {
    const [from, to] = [data.indptr[row], data.indptr[row + 1]];
    indices.set(data.indices.subarray(from, to), count);
    values.set(data.values.subarray(from, to), count);
    count += to - from;
    indptr[i + 1] = count;
  });
  indptr.fill(count, rows.length + 1);
  const matrix = {
    rows: capacity,
    columns: data.columns,
    indptr,
    indices: indices.slice(0, count),
  };
  return { pattern: sparsePattern(matrix, entries), values: tensor(values) };
}
