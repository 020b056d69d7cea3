/** @file Modules of the user's that a command imports. */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../errors.ts';

/**
 * What a module exports as `problem`, or else by default. Throws a UserError that names the option
 * and the file.
 */
export async function exportedProblem(option: string, path: string): Promise<unknown> {
  let module: { readonly problem?: unknown; readonly default?: unknown };
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    throw new UserError(`${option} ${path}: cannot be imported: ${(error as Error).message}`);
  }
  const problem = module.problem ?? module.default;
  if (problem !== undefined) return problem;
  throw new UserError(`${option} ${path}: expected an export problem, got none`);
}
