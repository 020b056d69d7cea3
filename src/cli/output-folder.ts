/** @file The folder that a command writes to. */

import { access, constants, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, makeFolder, removeFile } from '../data/files.ts';
import { UserError } from '../errors.ts';

/** A temporary file of `writeAtomically`, which a killed process leaves behind. */
const leftover = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/**
 * Makes a folder to write to, or opens one, and removes what killed runs left there half-written.
 * Returns the names of the files that are in it. Throws a UserError that names the folder if it
 * cannot be made or written to.
 */
export async function openOutputFolder(path: string): Promise<string[]> {
  await makeFolder(path);
  try {
    await access(path, constants.W_OK);
  } catch {
    throw new UserError(`cannot write to ${path}: the folder is read-only: choose another --out`);
  }
  const names = await listed(path);
  for (const name of names.filter((each) => leftover.test(each))) {
    await removeFile(join(path, name));
  }
  return names.filter((name) => !leftover.test(name));
}

async function listed(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    throw fileError('read', path, error);
  }
}
