/** @file The folder that a command writes to. */

import { access, constants, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError, makeFolder } from '../data/files.ts';
import { UserError } from '../errors.ts';

/** A temporary file of `writeAtomically`: the next write sweeps those of killed runs. */
const temporary = /-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/**
 * Makes a folder to write to, or opens one, and returns the names of the files in it. Throws a
 * UserError that names the folder if it cannot be made or written to.
 */
export async function openOutputFolder(path: string): Promise<string[]> {
  await makeFolder(path);
  try {
    await access(path, constants.W_OK);
  } catch {
    throw new UserError(`cannot write to ${path}: the folder is read-only: choose another --out`);
  }
  return (await listed(path)).filter((name) => !temporary.test(name));
}

/**
 * Throws a UserError that names a file that cannot be written: its folder is missing or read-only, or
 * it is a folder itself. For commands that compute for long before they write.
 */
export async function expectWritable(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw fileError('write', path, error);
  }
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) throw new UserError(`cannot write ${path}: it is a folder: name a file in it`);
}

async function listed(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    throw fileError('read', path, error);
  }
}
