/** @file NumPy's .npy arrays: little-endian numbers behind a header that is a Python literal. */

import { UserError } from '../errors.ts';
import type { NamedArray } from './named-arrays.ts';

export interface NpyArray {
  readonly shape: readonly number[];
  /** Numbers, float64 unless the file holds float32 or int32; or the text of a string. */
  readonly data: NamedArray['data'] | string;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

interface NumberType {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
  readonly array: Float64ArrayConstructor | Float32ArrayConstructor | Int32ArrayConstructor;
}

const numberType = (bytes: number, read: NumberType['read'], array: NumberType['array']) => ({
  bytes,
  read,
  array,
});

const numberTypes: Record<string, NumberType> = {
  f8: numberType(8, (view, at) => view.getFloat64(at, true), Float64Array),
  f4: numberType(4, (view, at) => view.getFloat32(at, true), Float32Array),
  i8: numberType(8, (view, at) => Number(view.getBigInt64(at, true)), Float64Array),
  i4: numberType(4, (view, at) => view.getInt32(at, true), Int32Array),
  i2: numberType(2, (view, at) => view.getInt16(at, true), Float64Array),
  i1: numberType(1, (view, at) => view.getInt8(at), Float64Array),
  u8: numberType(8, (view, at) => Number(view.getBigUint64(at, true)), Float64Array),
  u4: numberType(4, (view, at) => view.getUint32(at, true), Float64Array),
  u2: numberType(2, (view, at) => view.getUint16(at, true), Float64Array),
  u1: numberType(1, (view, at) => view.getUint8(at), Float64Array),
  b1: numberType(1, (view, at) => view.getUint8(at), Float64Array),
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
  const type = numberTypes[dtype.slice(1)];
  if (!type || dtype.startsWith('>')) {
    throw new UserError(`${name}: numbers of type ${dtype} are not read; save them as float64`);
  }
  if (bytes.length - end < count * type.bytes) {
    throw new UserError(`${name}: ends early, expected ${count} numbers of type ${dtype}`);
  }
  if (shape.length > 1 && /'fortran_order':\s*True/.test(header)) {
    throw new UserError(`${name}: its columns come first; save it by numpy.ascontiguousarray`);
  }
  const data = new type.array(count);
  for (let i = 0; i < count; i++) data[i] = type.read(view, end + i * type.bytes);
  return { shape, data };
}

function readText(bytes: Uint8Array, wide: boolean, length: number): string {
  const step = wide ? 4 : 1;
  const codes = Array.from({ length }, (_, i) => bytes[i * step]);
  return String.fromCharCode(...codes.filter((code) => code > 0));
}

const dtypeOf = (data: NamedArray['data']): string => {
  if (data instanceof Int32Array) return '<i4';
  return data instanceof Float32Array ? '<f4' : '<f8';
};

/** An array of its own type, or text in ASCII as a zero-dimensional string. */
export function npyOf({ shape, data }: NpyArray): Uint8Array {
  if (typeof data === 'string') {
    return writeNpy(`|S${data.length}`, [], new TextEncoder().encode(data));
  }
  const body = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return writeNpy(dtypeOf(data), shape, body);
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
