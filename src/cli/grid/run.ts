/** @file Runs a grid as the options of a command say. */

import {
  type CellKind,
  type Executor,
  type Grid,
  type GridOutcome,
  type GridStatus,
  identityOf,
  listLine,
  localExecutor,
  publicUrl,
  queueExecutor,
  runGrid,
  Store,
  statesOf,
} from '../../grid/index.ts';
import { type Interrupted, interruptible } from '../interrupt.ts';
import { Output, type OutputOptions } from '../output.ts';
import type { GridOptions } from './options.ts';
import { goesOn, sayHowItEnded } from './outcome.ts';
import { GridProgress } from './progress.ts';

/** What a grid's cells are made of, and the folders of the data that they read, by digest. */
export interface GridSetup {
  readonly kinds: readonly CellKind[];
  readonly data: { readonly [digest: string]: string };
}

/** The program that computes a cell: this command line again, as `cell` (`cellCommand`). */
export const cellProgram = { module: process.argv[1], args: ['cell'] } as const;

/**
 * Runs a grid on the store in a folder as the options say, with progress, and gives how it ended;
 * null where it was only listed. The exit status becomes 1 where cells failed, and that of the
 * signal where one stopped it.
 */
export async function runCells(
  grid: Grid,
  storePath: string,
  options: GridOptions & OutputOptions,
  setup: GridSetup,
): Promise<GridOutcome | null> {
  const output = new Output(options);
  const store = await Store.open(storePath);
  if (options.list) {
    const states = await statesOf(grid, store, { files: true });
    for (const state of states) output.line(listLine(state));
    const cells = states.map(({ cell, state }) => ({ ...identityOf(cell), id: cell.id, state }));
    output.result({ cells });
    return null;
  }
  const only = options.cell === undefined ? undefined : grid.find(options.cell);
  const executor = await executorOf(options, setup, output);
  const progress = options.quiet ? null : new GridProgress();
  try {
    const { retry, redo } = options;
    const onStatus = (status: GridStatus) => progress?.show(status);
    return await interruptible(
      () => goesOn,
      async (signal) => {
        const onWait = (line: string) => {
          progress?.stop();
          process.stderr.write(`${line}\n`);
        };
        const how = { retry, redo, only, signal, onStatus, onWait };
        const outcome = await runGrid(grid, store, executor, how);
        progress?.stop();
        sayHowItEnded(outcome, output);
        if (outcome.failed.length > 0) process.exitCode = 1;
        if (outcome.stopped) process.exitCode = (signal.reason as Interrupted).status;
        return outcome;
      },
    );
  } finally {
    progress?.stop();
    await executor.close?.();
  }
}

async function executorOf(
  { queue, jobs, threads, memory }: GridOptions,
  { kinds, data }: GridSetup,
  output: Output,
): Promise<Executor & { close?(): Promise<void> }> {
  if (queue === undefined) {
    return localExecutor({ program: cellProgram, kinds, data, jobs, threads, memory });
  }
  let last = '';
  const executor = await queueExecutor(queue, (message) => {
    if (message !== last) process.stderr.write(`Redis: ${message}\n`);
    last = message;
  });
  const { workers } = await executor.waiting();
  const address = publicUrl(queue);
  output.line(`cells go to ${address}, where workers are: ${workers}`);
  if (workers === 0) output.line(`start some: hypertape worker --queue ${address} --data DIR …`);
  return executor;
}
