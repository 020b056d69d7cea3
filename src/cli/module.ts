/** @file Modules of the user's that a command imports. */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../errors.ts';

/** The default export of a module. Throws a UserError that names the option and the file. */
export async function defaultExport(option: string, path: string): Promise<unknown> {
  let module: { readonly default?: unknown };
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    throw new UserError(`${option} ${path}: cannot be imported: ${(error as Error).message}`);
  }
  if (module.default !== undefined) return module.default;
  throw new UserError(`${option} ${path}: expected a default export, got none`);
}
