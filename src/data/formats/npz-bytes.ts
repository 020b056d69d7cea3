/** @file The bytes of .npz files, for whoever writes them and for browsers, which have no files. */

import { zipSync } from 'fflate';
import type { SparseMatrix } from '../sparse.ts';
import { npyOf, writeNpy } from './npy.ts';

/** The bytes of an archive of arrays, each given as the bytes of an .npy file. */
export function archiveOf(
  arrays: Readonly<Record<string, Uint8Array>>,
  method: 'stored' | 'compressed',
): Uint8Array {
  const members = Object.fromEntries(
    Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes]),
  );
  // The time is fixed, so that the same arrays give the same bytes.
  const options = { level: method === 'stored' ? 0 : 6, mtime: '1980-01-01' } as const;
  return zipSync(members, options);
}

/** The bytes of an .npz file of a matrix, its data as float64. */
export function npzOf({ rows, columns, indptr, indices, values }: SparseMatrix): Uint8Array {
  const shape = BigInt64Array.of(BigInt(rows), BigInt(columns));
  const members = {
    indices: npyOf({ shape: [indices.length], data: indices }),
    indptr: npyOf({ shape: [indptr.length], data: indptr }),
    format: npyOf({ shape: [], data: 'csr' }),
    shape: writeNpy('<i8', [2], new Uint8Array(shape.buffer)),
    data: npyOf({ shape: [values.length], data: values }),
  };
  return archiveOf(members, 'compressed');
}
