/** @file Tests of data that are not part of the repository, which environment variables name. */

import type { Test } from 'uvu';

/** Folders that may hold them: published data sets, and fixtures of other frameworks. */
type Variable = 'HYPERTAPE_DATA' | 'HYPERTAPE_FIXTURES';

/** The folder that a variable names, or undefined where it is not set. */
export const externalFolder = (variable: Variable): string | undefined => process.env[variable];

/** A test that gets the folder that a variable names; it is skipped where that is not set. */
export function testWithFolder(
  test: Test,
  variable: Variable,
  name: string,
  run: (folder: string) => Promise<void>,
): void {
  const folder = externalFolder(variable);
  if (folder) return test(name, () => run(folder));
  console.log(`skipped: ${name} needs ${variable}`);
  test.skip(name);
}
