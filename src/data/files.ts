/** @file Reads and writes whole files, with errors that tell a user what to mend. */

import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { type Contents, fileError, writeFlushed } from '../files.ts';
import { isThere, makeFolders } from '../folders.ts';
import { here, isHere, mayRun, plainHost } from '../processes.ts';

/** Reads a file whole. Throws a UserError that names it. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    // A device, such as /dev/zero, may never end.
    if ((await stat(path)).isCharacterDevice())
      throw new UserError(`cannot read ${path}: it is a device`);
    return await readFile(path);
  } catch (error) {
    throw fileError('read', path, error);
  }
}

/** Reads a text file whole. Throws a UserError that names it, also if it is not UTF-8. */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${path}: the text is not UTF-8: save it as UTF-8`);
  }
}

/** A file to write: its path and its contents. */
export interface NewFile {
  readonly path: string;
  readonly contents: Contents;
}

/**
 * Writes a file so that it holds the old contents or the new, never a part: writes a temporary file
 * beside it, flushes it and renames it. Throws a UserError that names the path, and then leaves no
 * temporary file.
 */
export const writeAtomically = (path: string, contents: Contents): Promise<void> =>
  writeTogether([{ path, contents }]);

/**
 * Writes files so that none is touched before all are there as temporary files, and each holds the
 * old contents or the new; then renames them in their order. `beforeRename` runs in between. Throws
 * a UserError that names the path, and then leaves no temporary file.
 */
export async function writeTogether(
  files: readonly NewFile[],
  beforeRename: () => Promise<void> = async () => {},
): Promise<void> {
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) await sweep(folder);
  const written: string[] = [];
  let current = '';
  try {
    for (const { path, contents } of files) {
      current = path;
      const temporary = temporaryName(path);
      written.push(temporary);
      await writeFlushed(temporary, contents);
    }
    await beforeRename();
    for (const [i, { path }] of files.entries()) {
      current = path;
      await rename(written[i], path);
    }
  } catch (error) {
    for (const temporary of written) await rm(temporary, { force: true }).catch(() => {});
    throw fileError('write', current, error);
  } finally {
    for (const temporary of written) inProgress.delete(temporary);
  }
}

/** The paths of the temporary files and folders that this process uses. */
const inProgress = new Set<string>();

/**
 * A name for a temporary file. It is unique, so that two writers do not take each other's file away,
 * and tells the process and where it runs, so that those of killed runs are known.
 */
function temporaryName(path: string): string {
  const place = [plainHost(here.host), here.space].filter(Boolean).join('-');
  const name = resolve(`${path}.${place}-${process.pid}-${randomUUID()}.tmp`);
  inProgress.add(name);
  return name;
}

/** Host, space, where there is one, and number of the process of a temporary file. */
const temporaryPattern =
  /\.([A-Za-z0-9_]+)-(?:([0-9a-f]{8}-\d+)-)?(\d+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Removes the temporary files and folders of processes that are gone from a folder. */
async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const path = resolve(folder, name);
    const [, host, space, pid] = temporaryPattern.exec(name) ?? [];
    if (host === undefined || inProgress.has(path)) continue;
    const isOwn = Number(pid) === process.pid && isHere({ host, space });
    if (!isOwn && mayRun(Number(pid), { host, space })) continue;
    await rm(path, { force: true, recursive: true }).catch(() => {});
  }
}

/** Throws a UserError that names a path where a folder or a device is, and no file can be. */
export async function expectNoOther(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (!found || found.isFile()) return;
  const kind = found.isDirectory() ? 'a folder' : 'a device';
  throw new UserError(`cannot write ${path}: it is ${kind}: name a file`);
}

/**
 * Writes a temporary file beside a path, as `writeAtomically` does, and removes it again. Throws a
 * UserError that names the path if that fails.
 */
export async function tryWriting(path: string): Promise<void> {
  await sweep(dirname(path));
  const temporary = temporaryName(path);
  try {
    await writeFlushed(temporary, '');
  } catch (error) {
    throw fileError('write', path, error);
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
    inProgress.delete(temporary);
  }
}

/**
 * Tries a folder and its missing parents under a temporary name beside the first that is missing, with
 * a file in it, and removes all again: another process may need those of that name at once. Throws a
 * UserError that names the path if that fails.
 */
export async function tryMaking(path: string): Promise<void> {
  let parent = dirname(resolve(path));
  while (!(await isThere(parent))) parent = dirname(parent);
  await sweep(parent);
  const temporary = temporaryName(join(parent, 'trial'));
  const folder = join(temporary, relative(parent, resolve(path)));
  try {
    await makeFolders(folder);
    await writeFlushed(join(folder, 'file'), '');
  } catch (error) {
    throw fileError('make the folder', path, error);
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    inProgress.delete(temporary);
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

/** Removes a folder if it is empty. */
export async function removeEmptyFolder(path: string): Promise<void> {
  await rmdir(path).catch(() => {});
}

/** Records as JSON, one a line. */
export const jsonLines = (records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');
