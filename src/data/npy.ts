/** @file NumPy's .npy arrays: little-endian numbers behind a header that is a Python literal. */

import { UserError } from '../errors.ts';

export interface NpyArray {
  readonly shape: readonly number[];
  /** Numbers, or the text of a zero-dimensional string. */
  readonly data: Float64Array | string;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

type Reader = (view: DataView, at: number) => number;

const readers: Record<string, { bytes: number; read: Reader }> = {
  f8: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  f4: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  i8: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  i4: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  i2: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  i1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  u8: { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  u4: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  u2: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  u1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  b1: { bytes: 1, read: (view, at) => view.getUint8(at) },
};

/** Reads an array; `name` is what errors call it. */
export function readNpy(name: string, bytes: Uint8Array): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw new UserError(`${name}: not a NumPy array`);
  }
  const long = bytes[6] >= 2;
  const start = long ? 12 : 10;
  const end = start + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder().decode(bytes.subarray(start, end));
  const dtype = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '';
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const count = shape.reduce((product, n) => product * n, 1);
  const text = /^[|<]([SU])(\d+)$/.exec(dtype);
  if (text) return { shape, data: readText(bytes.subarray(end), text[1] === 'U', Number(text[2])) };
  const reader = readers[dtype.slice(1)];
  if (!reader || dtype.startsWith('>')) {
    throw new UserError(`${name}: numbers of type ${dtype} are not read; save them as float64`);
  }
  if (bytes.length - end < count * reader.bytes) {
    throw new UserError(`${name}: ends early, expected ${count} numbers of type ${dtype}`);
  }
  const data = Float64Array.from({ length: count }, (_, i) =>
    reader.read(view, end + i * reader.bytes),
  );
  return { shape, data };
}

function readText(bytes: Uint8Array, wide: boolean, length: number): string {
  const step = wide ? 4 : 1;
  const codes = Array.from({ length }, (_, i) => bytes[i * step]);
  return String.fromCharCode(...codes.filter((code) => code > 0));
}

/** Writes numbers or bytes as version 1.0, its header padded to a multiple of 64 bytes. */
export function writeNpy(dtype: string, shape: readonly number[], body: Uint8Array): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const header = `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + length + body.length);
  bytes.set([...magic, 1, 0, length & 255, length >> 8]);
  bytes.set(new TextEncoder().encode(`${header.padEnd(length - 1)}\n`), 10);
  bytes.set(body, 10 + length);
  return bytes;
}
