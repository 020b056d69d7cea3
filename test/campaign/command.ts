/** @file Runs the command line within this process, as often as one likes. */

import { resolve } from 'node:path';

/** What a command did. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command said no: status 2. */
export class Refused extends Error {}

let runs = 0;

const program = resolve('dist/cli.js');

/**
 * `hypertape …` from its sources. `main.ts` runs when it is imported: a new query makes it a new
 * module, with commands of its own, while all that it imports is there already.
 */
export async function hypertape(args: readonly string[]): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const before = { argv: process.argv, exit: process.exit };
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const { write } = stream;
    stream.write = ((chunk: unknown, ...rest: unknown[]) => {
      written[name] += String(chunk);
      const done = rest.find((each) => typeof each === 'function') as (() => void) | undefined;
      if (done) queueMicrotask(done);
      return true;
    }) as typeof stream.write;
    return () => {
      stream.write = write;
      stream.removeAllListeners('error');
    };
  });
  let status: number | undefined;
  process.exitCode = undefined;
  // What the program starts anew, as `reproduce` its cells, is the one that was built.
  process.argv = [process.execPath, program, ...args];
  process.exit = ((code?: number) => {
    status ??= code ?? Number(process.exitCode ?? 0);
  }) as typeof process.exit;
  try {
    await import(`../../src/cli/main.ts?run=${runs++}`);
  } finally {
    Object.assign(process, before);
    process.exitCode = undefined;
    for (const each of restore) each();
  }
  return { status: status ?? 0, ...written };
}

/** The object that a command prints under `--json`. Throws a Refused if it says no. */
export async function jsonOf(args: readonly string[]): Promise<unknown> {
  const { status, stdout, stderr } = await hypertape([...args, '--json', '--quiet']);
  if (status === 2) throw new Refused(stderr.trimEnd());
  if (status !== 0) throw new Error(`status ${status}: ${stderr}`);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}
