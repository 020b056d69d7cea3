/** @file Options that several commands share, and the parsers of their values. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Projection } from '../attack/index.ts';
import { type Checkpoints, type Estimator, exact, partial, truncated } from '../autodiff/index.ts';
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

/** The options of every command: where it computes and how it reports. */
export interface CommonOptions {
  readonly device: string;
  readonly threads?: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Parses a whole number that is at least `least`. Throws an InvalidArgumentError. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least) {
      throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
    }
    return value;
  };

/** Parses a finite number that is at least `least`. Throws an InvalidArgumentError. */
export const numberFrom =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least) {
      throw new InvalidArgumentError(`Expected a number from ${least}.`);
    }
    return value;
  };

/** Parses a share from 0 up to but below 1. Throws an InvalidArgumentError. */
export function share(text: string): number {
  const value = numberFrom(0)(text);
  if (value < 1) return value;
  throw new InvalidArgumentError('Expected a share from 0 up to but below 1.');
}

/** Parses whole numbers such as 0,1,2. Throws an InvalidArgumentError. */
export function numberList(text: string): number[] {
  if (/^\d+(,\d+)*$/.test(text)) return text.split(',').map(Number);
  throw new InvalidArgumentError('Expected whole numbers such as 0,1,2.');
}

/** Adds the options that every command has. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--device <name>', 'auto, simd, reference or gpujs:<mode>', 'auto')
    .option('--threads <n>', 'threads of the simd device (default: all cores)', wholeNumber(1))
    .option('--seed <n>', 'seed of all random numbers', wholeNumber(0), 1)
    .option('--json', 'print one JSON object on the last line of stdout, all else on stderr')
    .option('--quiet', 'print no progress and no table');
}

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

const flagOf = (name: SettingName): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function settingOption(name: SettingName): Option {
  const { about, type }: SettingDefinition = settingDefinitions[name];
  const models = modelKinds.filter((kind) => name in kind.defaults).map((kind) => kind.name);
  const flag = flagOf(name);
  const option = (value: string) =>
    new Option(`--${flag} <${value}>`, `${about} (${models.join(', ')})`);
  if (type === 'count') return option('n').argParser(wholeNumber(1));
  if (type === 'number') return option('x').argParser(numberFrom(0));
  if (type === 'batch') return option('n|all').argParser(batchSize);
  if (type === 'sizes') return option('sizes').argParser(layerSizes);
  return option('word').choices(type);
}

const batchSize = (text: string): number | 'all' => (text === 'all' ? 'all' : wholeNumber(1)(text));

const layerSizes = (text: string): number[] => text.split(',').map(wholeNumber(1));

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
    throw new UserError(`--${flagOf(name)} is no setting of ${names}: leave it out`);
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
  if (match) return truncated(Number(match[1]) * (match[2] ? stepsPerEpoch : 1), { checkpoints });
  throw new UserError(
    `method: expected exact, truncated:70 (steps), truncated:10epochs or partial, got ${text}`,
  );
}

const byteUnits: Record<string, number> = { KB: 1e3, MB: 1e6, GB: 1e9 };

/** Parses `8`, so many states, or `1GB`, those that fit. Throws an InvalidArgumentError. */
export function checkpoints(text: string): Checkpoints {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([KMG]B)?$/.exec(text) ?? [];
  const value = Number(amount);
  if (unit && value > 0) return { bytes: value * byteUnits[unit] };
  if (unit === undefined && Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('Expected a number of states from 1, or a size such as 1GB.');
}

/** Parses `threshold:0.05` or `top:34`. Throws a UserError for anything else. */
export function parseProjection(text: string): Projection {
  const [kind, amount] = text.split(':');
  const value = Number(amount);
  if (kind === 'threshold' && amount && Number.isFinite(value)) return { kind, rho: value };
  if (kind === 'top' && amount && Number.isInteger(value) && value >= 1) {
    return { kind, clicks: value };
  }
  throw new UserError(`projection: expected threshold:0.05 or top:34, got ${text}`);
}
