/** @file What commands that run a grid have in common: options, lists, progress, the end. */

import { Presets, SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import {
  type CellKind,
  type Executor,
  type Grid,
  type GridOutcome,
  type GridStatus,
  labelOf,
  listLine,
  localExecutor,
  publicUrl,
  queueExecutor,
  runGrid,
  Store,
  statesOf,
} from '../grid/index.ts';
import { type Interrupted, interruptible } from './interrupt.ts';
import { byteSize, wholeNumber } from './options.ts';
import { Output, type OutputOptions } from './output.ts';

/** Milliseconds between two lines of progress where stderr is no terminal. */
const lineInterval = 10_000;

/** How many cells run at once here, and how much memory they have. */
export interface MachineOptions {
  readonly jobs?: number;
  readonly threads?: number;
  /** Bytes. */
  readonly memory?: number;
}

/** The options that `withGridOptions` adds. */
export interface GridOptions extends MachineOptions {
  readonly queue?: string;
  readonly retry?: boolean;
  readonly redo?: boolean;
  readonly list?: boolean;
  readonly cell?: string;
}

/** What a grid's cells are made of, and the folders of the data that they read, by digest. */
export interface GridSetup {
  readonly kinds: readonly CellKind[];
  readonly data: { readonly [digest: string]: string };
}

/** Adds the options of a machine that runs cells. */
export const withMachineOptions = (command: Command): Command =>
  command
    .option('--jobs <n>', 'cells at once (default: half of the cores)', wholeNumber(1))
    .option('--threads <n>', 'threads of each cell (default: cores / jobs)', wholeNumber(1, 64))
    .option('--memory <size>', 'memory for all of them (default: 80 % of this machine)', byteSize);

/** Adds the options of a command that runs a grid. */
export const withGridOptions = (command: Command): Command =>
  withMachineOptions(command)
    .option('--queue <url>', 'run the cells by workers, through Redis at redis://HOST:PORT')
    .option('--retry', 'run cells again that failed')
    .option('--redo', 'run cells again whose files are damaged')
    .option('--list', 'print a line for each cell and run none')
    .option('--cell <id>', 'run one cell, whose inputs are done');

/** The program that computes a cell: this command line again, as `cell` (`cellCommand`). */
export const cellProgram = { module: process.argv[1], args: ['cell'] } as const;

const goesOn = 'the same command goes on from here';

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
    const cells = states.map(({ cell, state }) => ({ id: cell.id, kind: cell.kind.name, state }));
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
        const how = { retry, redo, only, signal, onStatus };
        const outcome = await runGrid(grid, store, executor, how);
        progress?.stop();
        report(outcome, output);
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

function report({ done, failed, blocked, stopped }: GridOutcome, output: Output): void {
  for (const { cell, failure } of failed)
    output.line(`failed: ${labelOf(cell)}: ${failure.message}`);
  const counts = [`cells done: ${done.length}`];
  if (failed.length > 0) counts.push(`failed: ${failed.length} (--retry runs them again)`);
  if (blocked.length > 0) counts.push(`waiting for those: ${blocked.length}`);
  if (stopped) counts.push(`the rest was stopped: ${goesOn}`);
  output.line(counts.join(', '));
}

/** How a grid ended, as the object that --json prints. */
export const outcomeOf = ({ done, failed, blocked, stopped }: GridOutcome): object => ({
  done: done.length,
  failed: failed.map(({ cell, failure }) => ({ id: cell.id, message: failure.message })),
  blocked: blocked.length,
  stopped,
});

/** Seconds as people read them. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

/** What a status says beside the cells done. */
export function statusNote({ failed, blocked, running, rate, secondsLeft }: GridStatus): string {
  const perMinute = 60 * rate;
  const pace = perMinute >= 1 ? `${perMinute.toFixed(1)}/min` : `${(60 * perMinute).toFixed(1)}/h`;
  const parts = [`${running.length} running`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (blocked > 0) parts.push(`${blocked} blocked`);
  if (rate > 0) parts.push(pace);
  parts.push(secondsLeft === null ? 'time left unknown' : `${duration(secondsLeft)} left`);
  return parts.join(', ');
}

/** Progress of a whole grid on stderr: a bar on a terminal, else a line from time to time. */
class GridProgress {
  private bar: SingleBar | null = null;
  private printed = performance.now();

  show(status: GridStatus): void {
    const note = statusNote(status);
    if (process.stderr.isTTY) this.draw(status, note);
    else if (performance.now() - this.printed >= lineInterval) {
      this.printed = performance.now();
      process.stderr.write(`${status.done}/${status.total} cells, ${note}\n`);
    }
  }

  /** Clears the bar. */
  stop(): void {
    this.bar?.stop();
    this.bar = null;
  }

  private draw({ done, total }: GridStatus, note: string): void {
    if (!this.bar) {
      const format = '{bar} {value}/{total} cells, {note}';
      const options = { format, stream: process.stderr, clearOnComplete: true, barsize: 24 };
      this.bar = new SingleBar(options, Presets.shades_classic);
      this.bar.start(total, done, { note });
    }
    this.bar.update(done, { note });
  }
}
