/** @file `hypertape worker`: computes cells from a queue; and `cell`, the process of one cell. */

import { Command } from 'commander';
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
  const data: Record<string, string> = {};
  for (const folder of options.data ?? []) data[await digestOf(folder)] = folder;
  output.line(`takes cells from ${publicUrl(queue)}`);
  const onLine = (line: string) => output.line(line);
  const machine = { jobs, threads, memory };
  await interruptible(
    () => 'its cells go back to the queue',
    (signal) =>
      serveQueue(queue, { program: cellProgram, kinds, data, ...machine, signal, onLine }),
  );
}

/** The command `cell`, which the grid starts: the process that computes one cell. */
export const cellCommand = (kinds: readonly CellKind[]): Command =>
  new Command('cell')
    .description('compute a cell for the process that starts this one')
    .action(() => answerCell(kinds));
