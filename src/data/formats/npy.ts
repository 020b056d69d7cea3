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

const numberTypes = new Map<string, NumberType>([
  ['f8', numberType(8, (view, offset) => view.getFloat64(offset, true), Float64Array)],
  ['f4', numberType(4, (view, offset) => view.getFloat32(offset, true), Float32Array)],
  ['i8', numberType(8, (view, offset) => Number(view.getBigInt64(offset, true)), Float64Array)],
  ['i4', numberType(4, (view, offset) => view.getInt32(offset, true), Int32Array)],
  ['i2', numberType(2, (view, offset) => view.getInt16(offset, true), Float64Array)],
  ['i1', numberType(1, (view, offset) => view.getInt8(offset), Float64Array)],
  ['u8', numberType(8, (view, offset) => Number(view.getBigUint64(offset, true)), Float64Array)],
  ['u4', numberType(4, (view, offset) => view.getUint32(offset, true), Float64Array)],
  ['u2', numberType(2, (view, offset) => view.getUint16(offset, true), Float64Array)],
  ['u1', numberType(1, (view, offset) => view.getUint8(offset), Float64Array)],
  ['b1', numberType(1, (view, offset) => view.getUint8(offset), Float64Array)],
]);

/** What the head of a .npy file says. */
export interface NpyHeader {
  /** The type of an entry, as NumPy writes it: `<f8`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly isText: boolean;
  /** Where the entries begin. */
  readonly start: number;
}

/**
 * Reads the head of a .npy file of `size` bytes, of which `bytes` are the first. Throws a UserError
 * that begins with `name` for what is no array, or has its columns first, a type that is not read,
 * or another size than its shape and type say.
 */
export function readNpyHeader(name: string, bytes: Uint8Array, size: number): NpyHeader {
  const { start, text } = headerText(name, bytes);
  const dtype = /'descr':\s*'([^']+)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)\b/.exec(text)?.[1];
  const sizes = /'shape':\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (dtype === undefined || order === undefined || sizes === undefined) {
    throw new UserError(`${name}: not a NumPy array: its head lacks a type, an order or a shape`);
  }
  const shape = sizes.split(',').flatMap((n) => (n.trim() === '' ? [] : [Number(n)]));
  const count = shape.reduce((product, n) => product * n, 1);
  const string = /^[|<=]([SU])(\d+)$/.exec(dtype);
  const type = numberTypes.get(dtype.slice(1));
  if (!string && (!type || !'<|='.includes(dtype[0]))) {
    throw new UserError(`${name}: numbers of type ${dtype} are not read: save them as float64`);
  }
  if (string && shape.length > 0) throw new UserError(`${name}: expected one text, got a list`);
  const entry = string ? Number(string[2]) * (string[1] === 'U' ? 4 : 1) : (type?.bytes ?? 0);
  if (size < start + count * entry) {
    throw new UserError(`${name}: ends early, expected ${count} entries of type ${dtype}`);
  }
  if (size > start + count * entry) {
    throw new UserError(`${name}: holds more than ${count} entries of type ${dtype}`);
  }
  if (shape.length > 1 && order === 'True') {
    throw new UserError(`${name}: its columns come first: save it by numpy.ascontiguousarray`);
  }
  return { dtype, shape, isText: string !== null, start };
}

/** The Python literal at the head of a file, and where it ends. */
function headerText(name: string, bytes: Uint8Array): { start: number; text: string } {
  const version = bytes[6];
  const isArray = bytes.length >= 12 && magic.every((byte, i) => bytes[i] === byte);
  if (!isArray || version < 1 || version > 3) throw new UserError(`${name}: not a NumPy array`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = version === 1 ? 10 : 12;
  const start = from + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > bytes.length) throw new UserError(`${name}: ends early, within its head`);
  return { start, text: new TextDecoder().decode(bytes.subarray(from, start)) };
}

/**
 * Decodes a .npy file. Throws a UserError that begins with `name` for what `readNpyHeader` refuses,
 * for whole numbers beyond 2^53, and for text that is no UTF-8.
 */
export function readNpy(name: string, bytes: Uint8Array): NpyArray {
  const { dtype, shape, isText, start } = readNpyHeader(name, bytes, bytes.length);
  const body = bytes.subarray(start);
  if (isText) return { shape, data: decodeText(name, body, dtype[1]) };
  const type = numberTypes.get(dtype.slice(1)) as NumberType;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const data = new type.array(body.length / type.bytes);
  for (let i = 0; i < data.length; i++) data[i] = type.read(view, i * type.bytes);
  const isWhole = /^[iu]8$/.test(dtype.slice(1));
  if (isWhole && data.some((value) => !Number.isSafeInteger(value))) {
    throw new UserError(`${name}: holds whole numbers beyond 2^53, which float64 does not`);
  }
  return { shape, data };
}

/** One string, of bytes of UTF-8 (S) or of code points of 32 bits (U). */
function decodeText(name: string, bytes: Uint8Array, type: string): string {
  try {
    if (type === 'S') {
      return withoutPadding(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const parts: string[] = [];
    for (let i = 0; i < bytes.length; i += 4) {
      parts.push(String.fromCodePoint(view.getUint32(i, true)));
    }
    return withoutPadding(parts.join(''));
  } catch {
    throw new UserError(`${name}: its text is not valid`);
  }
}

const withoutPadding = (text: string): string => {
  let end = text.length;
  while (end > 0 && text[end - 1] === '\0') end--;
  return text.slice(0, end);
};

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
