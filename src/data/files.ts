/** @file Files read and written whole, with errors that tell a user what to mend. */

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

/** The error for something that failed on a path, in plain words. */
export function fileError(deed: string, path: string, error: unknown): UserError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new UserError(`cannot ${deed} ${path}: ${reasons[code ?? ''] ?? message}`);
}

/** Reads a file whole. Throws a UserError naming it. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** Reads a text file whole. Throws a UserError naming it. */
export const readText = async (path: string): Promise<string> =>
  new TextDecoder().decode(await readBytes(path));

/**
 * Writes a file so that it holds the old contents or the new, never a part: into a temporary file
 * beside it, flushed, then renamed. Throws a UserError naming the path, and leaves nothing behind.
 */
export async function writeAtomically(path: string, contents: string | Uint8Array): Promise<void> {
  // A name of its own, so that two writes at a time do not take each other's file away.
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

/** Makes a folder and those above it where they are missing. Throws a UserError naming it. */
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
