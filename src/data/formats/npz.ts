/** @file NumPy's .npz format: a zip of arrays by name. */

import { unzipSync, zipSync } from 'fflate';
import { UserError } from '../../errors.ts';
import { readBytes, writeAtomically } from '../files.ts';
import type { NamedArray } from '../named-arrays.ts';
import { readNpy } from './npy.ts';

/** The arrays of a file. Reading one throws a UserError that names the file and the member. */
export interface Archive {
  readonly names: readonly string[];
  numbers(name: string): NamedArray;
  text(name: string): string;
}

/**
 * Reads an .npz file; `expected` tells in errors what it should hold. Throws a UserError that names
 * the file.
 */
export async function readArchive(path: string, expected: string): Promise<Archive> {
  const members = unzip(path, await readBytes(path), expected);
  const member = (name: string) => {
    const bytes = members[`${name}.npy`];
    if (!bytes) throw new UserError(`${path}: there is no member ${name}, expected ${expected}`);
    return readNpy(`${path}: ${name}`, bytes);
  };
  return {
    names: Object.keys(members).map((file) => file.replace(/\.npy$/, '')),
    numbers: (name) => {
      const { shape, data } = member(name);
      if (typeof data !== 'string') return { shape, data };
      throw new UserError(`${path}: ${name}: expected numbers, got text`);
    },
    text: (name) => {
      const { data } = member(name);
      if (typeof data === 'string') return data;
      throw new UserError(`${path}: ${name}: expected text, got numbers`);
    },
  };
}

function unzip(path: string, bytes: Uint8Array, expected: string): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes);
  } catch (error) {
    throw new UserError(
      `${path}: not an .npz file, or cut short (${(error as Error).message}): expected ${expected}`,
    );
  }
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
  const members = Object.fromEntries(
    Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes]),
  );
  // The time is fixed, so that the same arrays give the same bytes.
  const options = { level: method === 'stored' ? 0 : 6, mtime: '1980-01-01' } as const;
  await writeAtomically(path, zipSync(members, options));
}
