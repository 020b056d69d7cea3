/** @file Options that several commands share, and the parsers of their values. */

import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type Checkpoints,
  type Device,
  type Estimator,
  exact,
  openDevice,
  partial,
  truncated,
} from '../autodiff/index.ts';
import { UserError } from '../errors.ts';
import {
  type ModelKind,
  modelKinds,
  type SettingDefinition,
  type SettingName,
  type Settings,
  type SettingValue,
  settingDefinitions,
} from '../models/index.ts';
import { flagOf } from './flag.ts';
import type { OutputOptions } from './output.ts';

/** The options that `withReportOptions` adds: the seed, and how a command reports. */
export interface ReportOptions extends OutputOptions {
  readonly seed: number;
}

/** The options that `withCommonOptions` adds: those, and which device a command computes on. */
export interface CommonOptions extends ReportOptions {
  readonly device: string;
  readonly threads?: number;
}

/** Parses digits as a whole number in bounds. Throws an InvalidArgumentError. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least}${upTo(most)}.`);
  };

const upTo = (most: number): string => (most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : '');

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Parses a decimal number in bounds. Throws an InvalidArgumentError. */
export const numberFrom =
  (least: number, most = 1e9) =>
  (text: string): number => {
    const value = Number(text);
    // A number too small for a float would silently be 0.
    const vanishes = value === 0 && /[1-9]/.test(text.split(/e/i)[0]);
    if (decimal.test(text) && value >= least && value <= most && !vanishes) return value;
    throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`);
  };

/** Parses a share from 0 up to but below 1. Throws an InvalidArgumentError. */
export function share(text: string): number {
  const value = numberFrom(0)(text);
  if (value < 1) return value;
  throw new InvalidArgumentError('Expected a share from 0 up to but below 1.');
}

/** The most threads that a machine can use, or 64 where it has fewer. */
const mostThreads = Math.max(64, availableParallelism());

/** Adds the seed of random numbers, and how a command reports. */
export function withReportOptions(command: Command): Command {
  return command
    .option('--seed <n>', 'seed of all random numbers', wholeNumber(0), 1)
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

/** Adds an option for each setting of any model; settings not given keep the preset's value. */
export function withModelOptions(command: Command): Command {
  command.addOption(
    new Option('--preset <name>', 'settings to start from')
      .choices(Object.keys(presets))
      .default('gowalla'),
  );
  for (const name of Object.keys(settingDefinitions) as SettingName[]) {
    command.addOption(settingOption(name));
  }
  return command;
}

function settingOption(name: SettingName): Option {
  const { about, type, most }: SettingDefinition = settingDefinitions[name];
  const models = modelKinds.filter((kind) => name in kind.defaults).map((kind) => kind.name);
  const option = (value: string) =>
    new Option(`${flagOf(name)} <${value}>`, `${about} (${models.join(', ')})`);
  if (type === 'count') return option('n').argParser(wholeNumber(1, most));
  if (type === 'number') return option('x').argParser(numberFrom(0, most));
  if (type === 'batch') return option('n|all').argParser(batchSize(most));
  if (type === 'sizes') return option('sizes').argParser(layerSizes(most));
  return option('word').choices(type);
}

const batchSize = (most?: number) => (text: string) =>
  text === 'all' ? text : wholeNumber(1, most)(text);

/** The most layers that a model may have. */
const mostLayers = 16;

const layerSizes = (most?: number) => (text: string) => {
  const sizes = text.split(',').map((size) => wholeNumber(1, most)(size));
  if (sizes.length <= mostLayers) return sizes;
  throw new InvalidArgumentError(`Expected at most ${mostLayers} sizes.`);
};

/** The settings of a kind of model, by preset. */
const presets = {
  gowalla: ({ defaults }: ModelKind) => defaults,
  paper: ({ defaults, paper }: ModelKind) => paper ?? defaults,
  synthetic: ({ synthetic }: ModelKind) => synthetic,
};

/** The options that `withModelOptions` adds. */
export type ModelOptions = Partial<Record<SettingName, SettingValue>> & {
  readonly preset: keyof typeof presets;
};

/**
 * The settings of each model: the preset's, changed by those given on the command line. Throws a
 * UserError for a setting that none of the models has.
 */
export function settingsOf(kinds: readonly ModelKind[], options: ModelOptions): Settings[] {
  for (const name of Object.keys(settingDefinitions) as SettingName[]) {
    if (options[name] === undefined || kinds.some((kind) => name in kind.defaults)) continue;
    const names = kinds.map((kind) => kind.name).join(', ');
    throw new UserError(`${flagOf(name)} is no setting of ${names}: leave it out`);
  }
  return kinds.map((kind) => settingsOfOne(kind, options));
}

function settingsOfOne(kind: ModelKind, options: ModelOptions): Settings {
  const preset = presets[options.preset](kind);
  return Object.fromEntries(
    Object.entries(preset).map(([name, value]) => [name, options[name as SettingName] ?? value]),
  );
}

/**
 * Parses `exact`, `truncated:70` (steps), `truncated:10epochs` or `partial`. Throws a UserError for
 * anything else.
 */
export function parseMethod(
  text: string,
  stepsPerEpoch: number,
  checkpoints: Checkpoints,
): Estimator {
  const match = /^truncated:(\d+)(epochs?)?$/.exec(text);
  if (text === 'exact') return exact({ checkpoints });
  if (text === 'partial') return partial();
  const steps = Number(match?.[1]) * (match?.[2] ? stepsPerEpoch : 1);
  if (Number.isSafeInteger(steps)) return truncated(steps, { checkpoints });
  throw new UserError(
    `method: expected exact, partial, truncated:N (the last N steps), truncated:1epoch or ` +
      `truncated:Nepochs, got ${text}`,
  );
}

/** The bytes of a size such as 4GB; NaN for a text that is none, or for more than any machine has. */
function bytesOf(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([KMG])B$/.exec(text) ?? [];
  const bytes = Number(amount) * { K: 1e3, M: 1e6, G: 1e9 }[unit as 'K' | 'M' | 'G'];
  return bytes > 0 && bytes <= 1e15 ? bytes : Number.NaN;
}

/** Parses a size such as 4GB, in bytes. Throws an InvalidArgumentError. */
export function byteSize(text: string): number {
  const bytes = bytesOf(text);
  if (!Number.isNaN(bytes)) return bytes;
  throw new InvalidArgumentError('Expected a size such as 500MB or 4GB.');
}

/** Parses `8`, so many states, or `1GB`, those that fit. Throws an InvalidArgumentError. */
export function checkpoints(text: string): Checkpoints {
  const bytes = bytesOf(text);
  if (!Number.isNaN(bytes)) return { bytes };
  const states = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && Number.isSafeInteger(states) && states >= 1) return states;
  throw new InvalidArgumentError('Expected a number of states from 1, or a size such as 1GB.');
}
