/** @file Files of a store: written whole or not at all, and flushed before anything relies on them. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileError, writeFlushed } from '../files.ts';

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** The text of a file, or null if there is none. Throws a UserError that names it. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw fileError('read', path, error);
  }
}

/** The names in a folder, sorted; none if there is no such folder. Throws a UserError. */
export async function namesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw fileError('read', path, error);
  }
}

/** Removes a file or a folder with all in it, if it is there. Throws a UserError that names it. */
export async function removeAll(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw fileError('remove', path, error);
  }
}

/**
 * Writes a file that is not there yet; false where it is. Throws a UserError that names it, and then
 * leaves none.
 */
export async function writeNew(path: string, text: string): Promise<boolean> {
  const file = await open(path, 'wx').catch((error) => {
    if (error.code === 'EEXIST') return null;
    throw fileError('write', path, error);
  });
  if (!file) return false;
  try {
    await file.writeFile(text);
  } catch (error) {
    await rm(path, { force: true }).catch(() => {});
    throw fileError('write', path, error);
  } finally {
    await file.close();
  }
  return true;
}

/** Flushes a file or a folder to the disk. */
async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Flushes a folder's entries, where the system can (Windows cannot open a folder). */
const flushFolder = (path: string): Promise<void> => flush(path).catch(() => {});

/**
 * Writes a text under a temporary name on the same file system, flushes and renames it: readers see
 * the old file or the new one, and after a power failure too. Throws a UserError that names the
 * file.
 */
export async function writeWhole(path: string, text: string, temporary: string): Promise<void> {
  try {
    await writeFlushed(temporary, text);
    await rename(temporary, path);
    await flushFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw fileError('write', path, error);
  }
}

/** Moves a finished file to its place on the same file system, flushed. Throws a UserError. */
export async function moveWhole(from: string, to: string): Promise<void> {
  try {
    await flush(from);
    await rename(from, to);
    await flushFolder(dirname(to));
  } catch (error) {
    throw fileError('move', `${from} to ${to}`, error);
  }
}

/** The SHA-256 of a file, or null if there is none. Throws a UserError that names it. */
export async function digestOfFile(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex');
  } catch (error) {
    if (isMissing(error)) return null;
    throw fileError('read', path, error);
  }
}
