/** @file Files on their way through Redis, each under its digest. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { UserError } from '../../errors.ts';
import { fileError } from '../../files.ts';
import { digestOf } from '../json.ts';
import { prefix } from './connection.ts';

/** Seconds that Redis keeps what was last used before. Replies are kept for half of that. */
export const keepSeconds = 14 * 24 * 3600;

/** Bytes of the largest file: Redis holds no more in one value. */
const sizeLimit = 512 * 2 ** 20;

const keyOf = (digest: string): string => `${prefix}:file:${digest}`;

/** Puts a file there, unless it is there already; gives its digest. Throws a UserError. */
export async function putFile(redis: Redis, path: string): Promise<string> {
  const contents = await readFile(path).catch((error) => {
    throw fileError('read', path, error);
  });
  if (contents.length > sizeLimit) {
    throw new UserError(`${path} has ${contents.length} bytes; Redis takes ${sizeLimit} at most`);
  }
  const digest = digestOf(contents);
  if ((await redis.expire(keyOf(digest), keepSeconds)) === 0) {
    await redis.set(keyOf(digest), contents, 'EX', keepSeconds);
  }
  return digest;
}

/**
 * Gets files by their digests, by name, into a folder; gives their paths, or null where one is not
 * there any more or is not what it was. Throws a UserError that names a file that cannot be written.
 */
export async function getFiles(
  redis: Redis,
  files: { readonly [name: string]: string },
  folder: string,
): Promise<Record<string, string> | null> {
  const paths: Record<string, string> = {};
  for (const [name, digest] of Object.entries(files)) {
    const contents = await redis.getBuffer(keyOf(digest));
    if (contents === null || digestOf(contents) !== digest) return null;
    const path = join(folder, name);
    await writeFile(path, contents).catch((error) => {
      throw fileError('write', path, error);
    });
    paths[name] = path;
  }
  return paths;
}
