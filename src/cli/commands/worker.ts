/** @file `hypertape worker`: computes cells from a queue; and `cell`, the process of one cell. */

import { resolve } from 'node:path';
import { Command } from 'commander';
import { UserError } from '../../errors.ts';
import { answerCell, type CellKind, publicUrl, serveQueue } from '../../grid/index.ts';
import { type MachineOptions, withMachineOptions } from '../grid/options.ts';
import { cellProgram } from '../grid/run.ts';
import { interruptible } from '../interrupt.ts';
import { Output, type OutputOptions } from '../output.ts';

interface WorkerOptions extends MachineOptions, Pick<OutputOptions, 'quiet'> {
  readonly queue: string;
  readonly data?: string[];
}

/** What a worker can do: its kinds of cells, and how the digest of a data folder is computed. */
export interface WorkerSetup {
  readonly kinds: readonly CellKind[];
  digestOf(folder: string): Promise<string>;
}

/** The command `worker`. */
export const workerCommand = (setup: WorkerSetup): Command =>
  withMachineOptions(
    new Command('worker')
      .description('compute cells from a queue, until Ctrl-C')
      .requiredOption('--queue <url>', 'Redis, as redis://HOST:PORT')
      .option('--data <dir...>', 'data folders that cells may read; others are refused'),
  )
    .option('--quiet', 'print nothing')
    .action((options: WorkerOptions) => serve(options, setup));

async function serve(options: WorkerOptions, { kinds, digestOf }: WorkerSetup): Promise<void> {
  const { queue, jobs, threads, memory } = options;
  const output = new Output(options);
  const data = await foldersOf(options.data ?? [], digestOf);
  output.line(`takes cells from ${publicUrl(queue)}`);
  const onLine = (line: string) => output.line(line);
  const machine = { jobs, threads, memory };
  await interruptible(
    () => 'its cells go back to the queue',
    (signal) =>
      serveQueue(queue, { program: cellProgram, kinds, data, ...machine, signal, onLine }),
  );
}

/** Data folders by digest. Throws a UserError that names two of the same data. */
async function foldersOf(folders: readonly string[], digestOf: WorkerSetup['digestOf']) {
  const data: Record<string, string> = {};
  for (const folder of folders) {
    const digest = await digestOf(folder);
    const other = data[digest];
    // One may have files of attacks beside the data, which cells read too.
    if (other !== undefined && resolve(other) !== resolve(folder)) {
      throw new UserError(
        `--data: ${other} and ${folder} hold the same data: name one of them, that with files of ` +
          'attacks where cells read such',
      );
    }
    data[digest] = folder;
  }
  return data;
}

/** The command `cell`, which the grid starts: the process that computes one cell. */
export const cellCommand = (kinds: readonly CellKind[]): Command =>
  new Command('cell')
    .description('compute a cell for the process that starts this one')
    .action(() => answerCell(kinds));
