/** @file NumPy's .npy format: a header that is a Python literal, then little-endian numbers. */

import { UserError } from '../../errors.ts';
import type { NamedArray } from '../named-arrays.ts';

/** What a .npy file holds. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** Numbers, as float64 unless the file holds float32 or int32, row-major; or a string. */
  readonly data: NamedArray['data'] | string;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

interface NumberType {
  readonly bytes: number;
  readonly read: (view: DataView, offset: number) => number;
  readonly array: Float64ArrayConstructor | Float32ArrayConstructor | Int32ArrayConstructor;
}

const numberType = (bytes: number, read: NumberType['read'], array: NumberType['array']) => ({
  bytes,
  read,
  array,
});

const numberTypes: Record<string, NumberType> = {
  f8: numberType(8, (view, offset) => view.getFloat64(offset, true), Float64Array),
  f4: numberType(4, (view, offset) => view.getFloat32(offset, true), Float32Array),
  i8: numberType(8, (view, offset) => Number(view.getBigInt64(offset, true)), Float64Array),
  i4: numberType(4, (view, offset) => view.getInt32(offset, true), Int32Array),
  i2: numberType(2, (view, offset) => view.getInt16(offset, true), Float64Array),
  i1: numberType(1, (view, offset) => view.getInt8(offset), Float64Array),
  u8: numberType(8, (view, offset) => Number(view.getBigUint64(offset, true)), Float64Array),
  u4: numberType(4, (view, offset) => view.getUint32(offset, true), Float64Array),
  u2: numberType(2, (view, offset) => view.getUint16(offset, true), Float64Array),
  u1: numberType(1, (view, offset) => view.getUint8(offset), Float64Array),
  b1: numberType(1, (view, offset) => view.getUint8(offset), Float64Array),
};

/**
 * Decodes a .npy file. Throws a UserError that begins with `name` for what is no array, ends early,
 * or has its columns first or a type that is not read.
 */
export function readNpy(name: string, bytes: Uint8Array): NpyArray {
  const { dtype, shape, columnsFirst, body } = readHeader(name, bytes);
  const text = /^[|<]([SU])(\d+)$/.exec(dtype);
  if (text) {
    const size = Number(text[2]) * (text[1] === 'U' ? 4 : 1);
    if (body.length < size) throw new UserError(`${name}: ends early, expected text`);
    return { shape, data: decodeText(body.subarray(0, size), text[1]) };
  }
  const type = numberTypes[dtype.slice(1)];
  if (!type || dtype.startsWith('>')) {
    throw new UserError(`${name}: numbers of type ${dtype} are not read: save them as float64`);
  }
  const count = shape.reduce((product, n) => product * n, 1);
  if (body.length < count * type.bytes) {
    throw new UserError(`${name}: ends early, expected ${count} numbers of type ${dtype}`);
  }
  if (shape.length > 1 && columnsFirst) {
    throw new UserError(`${name}: its columns come first: save it by numpy.ascontiguousarray`);
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const data = new type.array(count);
  for (let i = 0; i < count; i++) data[i] = type.read(view, i * type.bytes);
  return { shape, data };
}

function readHeader(name: string, bytes: Uint8Array) {
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw new UserError(`${name}: not a NumPy array`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLong = bytes[6] >= 2;
  const start = isLong ? 12 : 10;
  const end = start + (isLong ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder().decode(bytes.subarray(start, end));
  const sizes = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '';
  return {
    dtype: /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? '',
    shape: sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)])),
    columnsFirst: /'fortran_order':\s*True/.test(header),
    body: bytes.subarray(end),
  };
}

/** One string, of bytes of UTF-8 (S) or of code points of 32 bits (U). */
function decodeText(bytes: Uint8Array, type: string): string {
  if (type === 'S') return withoutPadding(new TextDecoder().decode(bytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let i = 0; i < bytes.length; i += 4) text += String.fromCodePoint(view.getUint32(i, true));
  return withoutPadding(text);
}

const withoutPadding = (text: string): string => text.replace(/\0+$/, '');

const dtypeOf = (data: NamedArray['data']): string => {
  if (data instanceof Int32Array) return '<i4';
  return data instanceof Float32Array ? '<f4' : '<f8';
};

/** Encodes numbers as they are typed, or a text as a zero-dimensional string of UTF-8 bytes. */
export function npyOf({ shape, data }: NpyArray): Uint8Array {
  if (typeof data === 'string') {
    const bytes = new TextEncoder().encode(data);
    return writeNpy(`|S${bytes.length}`, [], bytes);
  }
  const body = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return writeNpy(dtypeOf(data), shape, body);
}

/** Encodes a body of this type in version 1.0, the header padded to a multiple of 64 bytes. */
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
