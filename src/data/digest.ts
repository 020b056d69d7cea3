/** @file The digest of clicks: tells data of the same size apart. */

import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex } from '@noble/hashes/utils';
import type { DataSet } from './data-set.ts';
import type { SparseMatrix } from './sparse.ts';

/** The ids of the source, in the order of the inner numbers. */
export type Ids = Pick<DataSet, 'users' | 'items'>;

/**
 * The SHA-256, 64 hexadecimal digits, of a matrix: its rows and columns as float64, then `indptr`,
 * `indices` (int32) and `values` (float64), all little-endian. Ids, if they are given, follow as
 * JSON, so that the same clicks of other users or items have another digest.
 */
export function digestOf(clicks: SparseMatrix, ids?: Ids): string {
  const { rows, columns, indptr, indices, values } = clicks;
  const hash = sha256.create();
  for (const part of [Float64Array.of(rows, columns), indptr, indices, values]) {
    hash.update(littleEndian(part));
  }
  if (ids) {
    for (const side of [ids.users, ids.items]) {
      hash.update(new TextEncoder().encode(JSON.stringify(side ?? null)));
    }
  }
  return bytesToHex(hash.digest());
}

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The bytes of numbers, lowest first; a view where the host stores them so. */
function littleEndian(numbers: Float64Array | Int32Array): Uint8Array {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  if (hostIsLittleEndian) return bytes;
  const size = numbers.BYTES_PER_ELEMENT;
  return Uint8Array.from(bytes, (_, i) => bytes[i - (i % size) + size - 1 - (i % size)]);
}
