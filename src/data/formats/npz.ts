/** @file NumPy's .npz format: a zip of arrays by name. */

import { UserError } from '../../errors.ts';
import { readBytes, writeAtomically } from '../files.ts';
import type { NamedArray } from '../named-arrays.ts';
import { type NpyHeader, readNpy, readNpyHeader } from './npy.ts';
import { archiveOf } from './npz-bytes.ts';
import { readZip } from './zip.ts';

/**
 * The arrays of a file. Each is unpacked when it is asked for, and its checksum compared. Reading
 * one throws a UserError that names the file and the member.
 */
export interface Archive {
  readonly names: readonly string[];
  /** The shape and type of an array, without unpacking it. */
  header(name: string): Pick<NpyHeader, 'shape' | 'dtype'>;
  /** The shape of an array of numbers, without unpacking it. */
  shape(name: string): readonly number[];
  /** Numbers; with a shape, those of another shape are an error before they are unpacked. */
  numbers(name: string, shape?: readonly number[]): NamedArray;
  /** Text of at most `limit` bytes, by default 2^26. */
  text(name: string, limit?: number): string;
}

const defaultTextLimit = 2 ** 26;

/**
 * Reads an .npz file; `expected` tells in errors what it should hold. Throws a UserError that names
 * the file.
 */
export async function readArchive(path: string, expected: string): Promise<Archive> {
  const bytes = await readBytes(path);
  const members = readZip(
    `${path}: not an .npz file, or cut short on its way; expected ${expected}`,
    bytes,
  );
  const member = (name: string) => {
    const found = members.get(`${name}.npy`);
    if (!found) throw new UserError(`${path}: there is no member ${name}, expected ${expected}`);
    return found;
  };
  const header = (name: string) =>
    readNpyHeader(`${path}: ${name}`, member(name).head(256), member(name).size);
  const shape = (name: string) => {
    const found = header(name);
    if (found.isText) throw new UserError(`${path}: ${name}: expected numbers, got text`);
    return found.shape;
  };
  const read = (name: string) => readNpy(`${path}: ${name}`, member(name).unpack());
  return {
    names: [...members.keys()].map((file) => file.replace(/\.npy$/, '')),
    header,
    shape,
    numbers: (name, wanted) => {
      const found = shape(name);
      if (wanted && wanted.join() !== found.join()) {
        throw new UserError(
          `${path}: ${name}: expected shape [${wanted}], got [${found}], for ${expected}`,
        );
      }
      return read(name) as NamedArray;
    },
    text: (name, limit = defaultTextLimit) => {
      const { isText } = header(name);
      if (!isText) throw new UserError(`${path}: ${name}: expected text, got numbers`);
      if (member(name).size > limit) {
        throw new UserError(`${path}: ${name}: expected a text of at most ${limit} bytes`);
      }
      return read(name).data as string;
    },
  };
}

/**
 * Writes arrays, each as the bytes of an .npy file, atomically: `stored` as numpy.savez does, or
 * `compressed` as numpy.savez_compressed does. Throws a UserError that names the path.
 */
export async function writeArchive(
  path: string,
  arrays: Readonly<Record<string, Uint8Array>>,
  method: 'stored' | 'compressed',
): Promise<void> {
  await writeAtomically(path, archiveOf(arrays, method));
}
