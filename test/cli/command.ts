/** @file Runs the command line in a process of its own. */

import { spawnSync } from 'node:child_process';

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `hypertape …` as built: npm test builds before it tests. */
export function hypertape(...args: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/cli.js', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** The object on the last line of stdout, which `--json` promises. */
export const jsonOf = ({ stdout }: Outcome) =>
  JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
