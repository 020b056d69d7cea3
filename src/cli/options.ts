/** @file Options that several commands share. */

import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { type Device, openDevice } from '../autodiff/index.ts';
import type { OutputOptions } from './output.ts';
import { wholeNumber } from './values.ts';

/** The options that `withReportOptions` adds: the seed, and how a command reports. */
export interface ReportOptions extends OutputOptions {
  readonly seed: number;
}

/** The options that `withCommonOptions` adds: those, and which device a command computes on. */
export interface CommonOptions extends ReportOptions {
  readonly device: string;
  readonly threads?: number;
}

/** The most threads that a machine can use, or 64 where it has fewer. */
const mostThreads = Math.max(64, availableParallelism());

/** Victims and surrogates have seeds after it, which are whole numbers up to 2^53. */
const largestSeed = 2 ** 53 - 1e7;

/** Adds the seed of random numbers, and how a command reports. */
export function withReportOptions(command: Command): Command {
  return command
    .option('--seed <n>', 'seed of all random numbers', wholeNumber(0, largestSeed), 1)
    .option('--json', 'print one JSON object on the last line of stdout, all else on stderr')
    .option('--quiet', 'print no progress and no table');
}

/** Adds the options of a command that computes on a device: those, and which device. */
export function withCommonOptions(command: Command): Command {
  return withReportOptions(
    command
      .option('--device <name>', 'auto, simd, reference or gpujs:<mode>', 'auto')
      .option(
        '--threads <n>',
        'threads of the simd device (default: all cores)',
        wholeNumber(1, mostThreads),
      ),
  );
}

/** The device that the options name. Throws a DeviceError if it is not there. */
export const deviceOf = ({ device, threads }: CommonOptions): Promise<Device> =>
  openDevice(device, threads === undefined ? {} : { threads });
