/** @file Sparse matrices as scipy.sparse.save_npz writes them: a zip of NumPy arrays, format csr. */

import { unzipSync, zipSync } from 'fflate';
import { UserError } from '../errors.ts';
import { readBytes, writeAtomically } from './files.ts';
import { readNpy, writeNpy } from './npy.ts';
import type { SparseMatrix } from './sparse.ts';

/**
 * Reads a csr matrix; columns are sorted, duplicates summed and zeros left out. Throws a UserError naming the file
 * and the member that is wrong.
 */
export async function readNpz(path: string): Promise<SparseMatrix> {
  const members = unzip(path, await readBytes(path));
  const member = (name: string) => {
    const bytes = members[`${name}.npy`];
    if (!bytes) throw new UserError(`${path}: there is no member ${name}, expected a csr matrix`);
    return readNpy(`${path}: ${name}`, bytes).data;
  };
  const numbers = (name: string): Float64Array => {
    const data = member(name);
    if (typeof data !== 'string') return data;
    throw new UserError(`${path}: ${name}: expected numbers, got text`);
  };
  const format = member('format');
  if (format !== 'csr') {
    throw new UserError(`${path}: expected format csr, got ${format}: convert it by tocsr()`);
  }
  const [rows, columns] = numbers('shape');
  return assemble(path, rows, columns, {
    indptr: numbers('indptr'),
    indices: numbers('indices'),
    data: numbers('data'),
  });
}

function unzip(path: string, bytes: Uint8Array): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes);
  } catch (error) {
    throw new UserError(`${path}: not an .npz file: ${(error as Error).message}`);
  }
}

interface Parts {
  readonly indptr: Float64Array;
  readonly indices: Float64Array;
  readonly data: Float64Array;
}

function check(path: string, rows: number, columns: number, parts: Parts): void {
  const { indptr, indices, data } = parts;
  const isSize = (n: number) => Number.isInteger(n) && n >= 0 && n < 2 ** 31;
  if (!isSize(rows) || !isSize(columns)) {
    throw new UserError(`${path}: shape: expected rows and columns, got ${rows} x ${columns}`);
  }
  const ascending = indptr.every((at, i) => Number.isInteger(at) && at >= (indptr[i - 1] ?? 0));
  const fits = indptr.length === rows + 1 && indptr[0] === 0 && indptr[rows] === indices.length;
  if (!ascending || !fits) {
    throw new UserError(`${path}: indptr does not fit ${rows} rows of ${indices.length} entries`);
  }
  const wrong = indices.find((at) => !(Number.isInteger(at) && at >= 0 && at < columns));
  if (wrong !== undefined) {
    throw new UserError(`${path}: indices: column ${wrong} is outside the ${columns} columns`);
  }
  if (data.length !== indices.length) {
    throw new UserError(`${path}: data: expected ${indices.length} numbers, got ${data.length}`);
  }
  const infinite = data.find((value) => !Number.isFinite(value));
  if (infinite !== undefined) {
    throw new UserError(`${path}: data: expected finite numbers, got ${infinite}`);
  }
}

function assemble(path: string, rows: number, columns: number, parts: Parts): SparseMatrix {
  check(path, rows, columns, parts);
  const { indptr, indices, data } = parts;
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
      // An entry counts as a click, so a 0 that SciPy holds must not become one.
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

const bytesOf = (x: Int32Array | Float64Array | BigInt64Array): Uint8Array =>
  new Uint8Array(x.buffer, x.byteOffset, x.byteLength);

/** Writes a matrix atomically, its data as float64. Throws a UserError naming the path. */
export async function writeNpz(path: string, matrix: SparseMatrix): Promise<void> {
  const { rows, columns, indptr, indices, values } = matrix;
  const shape = BigInt64Array.from([BigInt(rows), BigInt(columns)]);
  const members = {
    'indices.npy': writeNpy('<i4', [indices.length], bytesOf(indices)),
    'indptr.npy': writeNpy('<i4', [indptr.length], bytesOf(indptr)),
    'format.npy': writeNpy('|S3', [], new TextEncoder().encode('csr')),
    'shape.npy': writeNpy('<i8', [2], bytesOf(shape)),
    'data.npy': writeNpy('<f8', [values.length], bytesOf(values)),
  };
  // A fixed time, so that the same matrix gives the same bytes.
  await writeAtomically(path, zipSync(members, { level: 6, mtime: '1980-01-01' }));
}
