/** @file Reads and writes whole files, with errors that tell a user what to mend. */

import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { UserError } from '../errors.ts';

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder, not a file',
  EEXIST: 'a file of that name is in the way',
};

/** The error of a failed operation (`read`, `write`) on a path, in plain words. */
export function fileError(operation: string, path: string, error: unknown): UserError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new UserError(`cannot ${operation} ${path}: ${reasons[code ?? ''] ?? message}`);
}

/** Reads a file whole. Throws a UserError that names it. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** Reads a text file whole. Throws a UserError that names it. */
export const readText = async (path: string): Promise<string> =>
  new TextDecoder().decode(await readBytes(path));

/**
 * Writes a file so that it holds the old contents or the new, never a part: writes a temporary file
 * beside it, flushes it and renames it. Throws a UserError that names the path, and then leaves no
 * temporary file.
 */
export async function writeAtomically(path: string, contents: string | Uint8Array): Promise<void> {
  // The name is unique, so that two writers do not take each other's file away.
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(contents);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw fileError('write', path, error);
  }
}

/** Removes a file, if it exists. Throws a UserError that names it. */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw fileError('remove', path, error);
  }
}

/** Makes a folder and its missing parents. Throws a UserError that names it. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw fileError('make the folder', path, error);
  }
}

/** Records as JSON, one a line. */
export const jsonLines = (records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');
