/** @file Files on the disk: what fails with them, in plain words, and writing them flushed. */

import { open } from 'node:fs/promises';
import { UserError } from './errors.ts';
import { makeFolders } from './folders.ts';

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder, not a file',
  ELOOP: 'its links lead in a circle',
  EEXIST: 'a file of that name is in the way',
  ENAMETOOLONG: 'the name is too long',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
};

/** The error of a failed operation (`read`, `write`) on a path, in plain words. */
export function fileError(operation: string, path: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new UserError(`cannot ${operation} ${path}: ${reasons[code ?? ''] ?? message}`);
}

/** What a file is to hold: whole, or in pieces that are written one after the other. */
export type Contents = string | Uint8Array | Iterable<string>;

/** Writes a file that is not there yet, and flushes it. Throws the error of the system. */
export async function writeFlushed(path: string, contents: Contents): Promise<void> {
  const file = await open(path, 'wx');
  try {
    if (typeof contents === 'string' || contents instanceof Uint8Array) {
      await file.writeFile(contents);
    } else {
      for (const piece of contents) await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes a folder and its missing parents, and gives those that it made, the outermost first. Throws
 * a UserError that names the folder.
 */
export async function makeFolder(path: string): Promise<string[]> {
  try {
    return await makeFolders(path);
  } catch (error) {
    throw fileError('make the folder', path, error);
  }
}
