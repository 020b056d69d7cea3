/** @file stdout and stderr: all that was written arrives, or the exit status says so. */

import { fileError } from '../files.ts';

/** As a program that SIGPIPE ends, since nobody reads on. */
const closedStatus = 141;

/**
 * Ends the process at the first line that stdout does not take: quietly where its reader has gone,
 * else with one line and status 1.
 */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(closedStatus);
    process.stderr.write(`error: ${fileError('write to', 'stdout', error).message}\n`, () =>
      process.exit(1),
    );
  });
  // Without a reader of errors there is nobody to tell.
  process.stderr.on('error', () => {});
}

/** Waits until pipes have taken all that was written, however slow their readers are. */
export async function drained(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => {
      stream.write('', () => resolve());
    });
  }
}
