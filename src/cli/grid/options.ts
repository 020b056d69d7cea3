/** @file The options of commands that run cells. */

import { type Command, Option } from 'commander';
import { byteSize, wholeNumber } from '../values.ts';

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
    .addOption(
      new Option('--list', 'print a line for each cell and run none').conflicts([
        'cell',
        'retry',
        'redo',
        'queue',
      ]),
    )
    .option('--cell <id>', 'run one cell, whose inputs are done');
