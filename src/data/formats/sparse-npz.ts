/**
 * @file SciPy's sparse .npz format: matrices by rows (csr), as scipy.sparse.save_npz writes them.
 */

import { UserError } from '../../errors.ts';
import { writeAtomically } from '../files.ts';
import { checkParts, type SparseMatrix, type SparseParts } from '../sparse.ts';
import { type Archive, readArchive } from './npz.ts';
import { npzOf } from './npz-bytes.ts';

/**
 * Reads a csr matrix. Sorts the columns of each row, sums duplicates (of booleans: any of them is 1)
 * and leaves zeros out. Sizes are compared before anything is unpacked. Throws a UserError that
 * names the file and the member that is wrong.
 */
export async function readNpz(path: string): Promise<SparseMatrix> {
  const archive = await readArchive(path, 'a csr matrix');
  const format = archive.text('format', 4096);
  if (format !== 'csr') {
    throw new UserError(`${path}: expected format csr, got ${format}: convert it by tocsr()`);
  }
  const [rows, columns] = archive.numbers('shape', [2]).data;
  const isSize = (n: number) => Number.isInteger(n) && n >= 0 && n < 2 ** 31;
  if (!isSize(rows) || !isSize(columns)) {
    throw new UserError(`${path}: shape: expected rows and columns, got ${rows} x ${columns}`);
  }
  const count = lengthOf(path, archive, 'indices');
  const [starts, entries] = [lengthOf(path, archive, 'indptr'), lengthOf(path, archive, 'data')];
  if (starts !== rows + 1) {
    throw new UserError(`${path}: indptr does not fit ${rows} rows of ${count} entries`);
  }
  if (entries !== count) {
    throw new UserError(`${path}: data: expected ${count} numbers, got ${entries}`);
  }
  const numbers = (name: string) => archive.numbers(name).data;
  const parts = { indptr: numbers('indptr'), indices: numbers('indices'), data: numbers('data') };
  checkParts(`${path}: `, rows, columns, parts);
  const isBoolean = archive.header('data').dtype.endsWith('b1');
  return assemble(rows, columns, parts, isBoolean ? Math.max : (a, b) => a + b);
}

function lengthOf(path: string, archive: Archive, name: string): number {
  const shape = archive.shape(name);
  if (shape.length === 1) return shape[0];
  throw new UserError(`${path}: ${name}: expected a list of numbers, got shape [${shape}]`);
}

function assemble(
  rows: number,
  columns: number,
  { indptr, indices, data }: SparseParts,
  join: (a: number, b: number) => number,
): SparseMatrix {
  const result = {
    indptr: new Int32Array(rows + 1),
    indices: new Int32Array(indices.length),
    values: new Float64Array(indices.length),
  };
  let entry = 0;
  for (let row = 0; row < rows; row++) {
    const order = Array.from({ length: indptr[row + 1] - indptr[row] }, (_, i) => indptr[row] + i);
    // The sort is stable: duplicates are joined in the order of the file.
    order.sort((a, b) => indices[a] - indices[b]);
    for (let i = 0; i < order.length; ) {
      const column = indices[order[i]];
      let value = data[order[i++]];
      while (i < order.length && indices[order[i]] === column)
        value = join(value, data[order[i++]]);
      // An entry counts as a click, so a stored 0 must not become one.
      if (value === 0) continue;
      result.indices[entry] = column;
      result.values[entry++] = value;
    }
    result.indptr[row + 1] = entry;
  }
  return {
    rows,
    columns,
    indptr: result.indptr,
    indices: result.indices.slice(0, entry),
    values: result.values.slice(0, entry),
  };
}

/** Writes a matrix atomically, its data as float64. Throws a UserError that names the path. */
export const writeNpz = (path: string, matrix: SparseMatrix): Promise<void> =>
  writeAtomically(path, npzOf(matrix));
