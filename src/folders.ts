/** @file Makes folders. */

import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and its missing parents, and gives those that it made, the outermost first. What
 * `recursive` of `mkdir` does, but that one never ends where a file system takes no folders, such as
 * /proc. Throws the error of the system, and then leaves none that it made.
 */
export async function makeFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = resolve(path); !(await isThere(at)); at = dirname(at)) missing.unshift(at);
  const made: string[] = [];
  try {
    for (const folder of missing) if (await make(folder)) made.push(folder);
    if (missing.length === 0) await make(path);
  } catch (error) {
    for (const folder of made.reverse()) await rmdir(folder).catch(() => {});
    throw error;
  }
  return made;
}

/** Whether there is a file or a folder. */
export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Makes a folder whose parent is there; false if it is there itself. */
async function make(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    // Also where another process made it in between.
    const found = await stat(path).catch(() => null);
    if (found?.isDirectory()) return false;
    throw error;
  }
}
