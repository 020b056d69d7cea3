/** @file Modules of the user's that a command imports. */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DeviceError, MethodError, ShapeError } from '../autodiff/index.ts';
import { UserError } from '../errors.ts';

/** What was thrown, on one line. */
const firstLine = (error: unknown): string =>
  `${error instanceof Error ? error.message : error}`.split('\n')[0];

/** The result of a call of a module's code; a UserError of one line names the module if it throws. */
export async function calledOf<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isExpected(error)) throw error;
    throw new UserError(`${what}: ${firstLine(error)}`);
  }
}

const isExpected = (error: unknown): boolean =>
  [UserError, ShapeError, MethodError, DeviceError].some((kind) => error instanceof kind);

/**
 * What a module exports as `problem`, or else by default. Throws a UserError that names the option
 * and the file.
 */
export async function exportedProblem(option: string, path: string): Promise<unknown> {
  let module: { readonly problem?: unknown; readonly default?: unknown };
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    throw new UserError(`${option} ${path}: cannot be imported: ${firstLine(error)}`);
  }
  const problem = module.problem ?? module.default;
  if (problem !== undefined) return problem;
  throw new UserError(`${option} ${path}: expected an export problem, got none`);
}
