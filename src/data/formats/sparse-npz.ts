/**
 * @file SciPy's sparse .npz format: matrices by rows (csr), as scipy.sparse.save_npz writes them.
 */

import { UserError } from '../../errors.ts';
import { checkParts, type SparseMatrix, type SparseParts } from '../sparse.ts';
import { npyOf, writeNpy } from './npy.ts';
import { readArchive, writeArchive } from './npz.ts';

/**
 * Reads a csr matrix. Sorts the columns of each row, sums duplicates and leaves zeros out. Throws a
 * UserError that names the file and the member that is wrong.
 */
export async function readNpz(path: string): Promise<SparseMatrix> {
  const archive = await readArchive(path, 'a csr matrix');
  const format = archive.text('format');
  if (format !== 'csr') {
    throw new UserError(`${path}: expected format csr, got ${format}: convert it by tocsr()`);
  }
  const numbers = (name: string) => archive.numbers(name).data;
  const [rows, columns] = numbers('shape');
  const isSize = (n: number) => Number.isInteger(n) && n >= 0 && n < 2 ** 31;
  if (!isSize(rows) || !isSize(columns)) {
    throw new UserError(`${path}: shape: expected rows and columns, got ${rows} x ${columns}`);
  }
  const [indptr, indices, data] = [numbers('indptr'), numbers('indices'), numbers('data')];
  checkParts(`${path}: `, rows, columns, { indptr, indices, data });
  return assemble(rows, columns, { indptr, indices, data });
}

function assemble(
  rows: number,
  columns: number,
  { indptr, indices, data }: SparseParts,
): SparseMatrix {
  const result = {
    indptr: new Int32Array(rows + 1),
    indices: [] as number[],
    values: [] as number[],
  };
  for (let row = 0; row < rows; row++) {
    const sums = new Map<number, number>();
    for (let e = indptr[row]; e < indptr[row + 1]; e++) {
      sums.set(indices[e], (sums.get(indices[e]) ?? 0) + data[e]);
    }
    for (const [column, value] of [...sums].sort(([a], [b]) => a - b)) {
      // An entry counts as a click, so a stored 0 must not become one.
      if (value === 0) continue;
      result.indices.push(column);
      result.values.push(value);
    }
    result.indptr[row + 1] = result.indices.length;
  }
  return {
    rows,
    columns,
    indptr: result.indptr,
    indices: Int32Array.from(result.indices),
    values: Float64Array.from(result.values),
  };
}

/** Writes a matrix atomically, its data as float64. Throws a UserError that names the path. */
export async function writeNpz(path: string, matrix: SparseMatrix): Promise<void> {
  const { rows, columns, indptr, indices, values } = matrix;
  const shape = BigInt64Array.of(BigInt(rows), BigInt(columns));
  const members = {
    indices: npyOf({ shape: [indices.length], data: indices }),
    indptr: npyOf({ shape: [indptr.length], data: indptr }),
    format: npyOf({ shape: [], data: 'csr' }),
    shape: writeNpy('<i8', [2], new Uint8Array(shape.buffer)),
    data: npyOf({ shape: [values.length], data: values }),
  };
  await writeArchive(path, members, 'compressed');
}
