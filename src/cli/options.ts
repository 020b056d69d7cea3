/** @file Options that several commands share, and how their words are read. */

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

/** Where a command computes and how it reports. */
export interface CommonOptions {
  readonly device: string;
  readonly threads?: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export const wholeNumber =
  (least: number) =>
  (words: string): number => {
    const value = Number(words);
    if (!Number.isInteger(value) || value < least) {
      throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
    }
    return value;
  };

export const numberFrom =
  (least: number) =>
  (words: string): number => {
    const value = Number(words);
    if (words.trim() === '' || !Number.isFinite(value) || value < least) {
      throw new InvalidArgumentError(`Expected a number from ${least}.`);
    }
    return value;
  };

/** A part of a whole that leaves some of it. */
export function share(words: string): number {
  const value = numberFrom(0)(words);
  if (value < 1) return value;
  throw new InvalidArgumentError('Expected a share from 0 up to but below 1.');
}

/** Numbers such as 0,1,2. */
export function numberList(words: string): number[] {
  if (/^\d+(,\d+)*$/.test(words)) return words.split(',').map(Number);
  throw new InvalidArgumentError('Expected whole numbers such as 0,1,2.');
}

export function withCommonOptions(command: Command): Command {
  return command
    .option('--device <name>', 'auto, simd, reference or gpujs:<mode>', 'auto')
    .option('--threads <n>', 'threads of the simd device; default all cores', wholeNumber(1))
    .option('--seed <n>', 'seed of everything random', wholeNumber(0), 1)
    .option('--json', 'one JSON object on the last line of stdout, all else on stderr')
    .option('--quiet', 'no progress and no table');
}

/** An option for each setting that some model has; those not given keep the preset's. */
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

const batchSize = (words: string): number | 'all' =>
  words === 'all' ? 'all' : wholeNumber(1)(words);

const layerSizes = (words: string): number[] => words.split(',').map(wholeNumber(1));

/** Settings of a kind by the name of the preset. */
const presets = {
  gowalla: ({ defaults }: ModelKind) => defaults,
  paper: ({ defaults, paper }: ModelKind) => paper ?? defaults,
  synthetic: ({ synthetic }: ModelKind) => synthetic,
};

export type ModelOptions = Partial<Record<SettingName, SettingValue>> & {
  readonly preset: keyof typeof presets;
};

/**
 * The settings of each model: the preset's, with what was given on the command line. Throws a
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
 * `exact`, `truncated:70` (steps), `truncated:10epochs` or `partial`. Throws a UserError for
 * anything else.
 */
export function parseMethod(
  words: string,
  stepsPerEpoch: number,
  checkpoints: Checkpoints,
): Estimator {
  const match = /^truncated:(\d+)(epochs?)?$/.exec(words);
  if (words === 'exact') return exact({ checkpoints });
  if (words === 'partial') return partial();
  if (match) return truncated(Number(match[1]) * (match[2] ? stepsPerEpoch : 1), { checkpoints });
  throw new UserError(
    `method: expected exact, truncated:70 (steps), truncated:10epochs or partial, got ${words}`,
  );
}

const byteUnits: Record<string, number> = { KB: 1e3, MB: 1e6, GB: 1e9 };

/** `8` states, or the states that fit `1GB`. */
export function checkpoints(words: string): Checkpoints {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([KMG]B)?$/.exec(words) ?? [];
  const value = Number(amount);
  if (unit && value > 0) return { bytes: value * byteUnits[unit] };
  if (unit === undefined && Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('Expected a number of states from 1, or a size such as 1GB.');
}

/** `threshold:0.05` or `top:34`. Throws a UserError for anything else. */
export function parseProjection(words: string): Projection {
  const [kind, amount] = words.split(':');
  const value = Number(amount);
  if (kind === 'threshold' && amount && Number.isFinite(value)) return { kind, rho: value };
  if (kind === 'top' && amount && Number.isInteger(value) && value >= 1) {
    return { kind, clicks: value };
  }
  throw new UserError(`projection: expected threshold:0.05 or top:34, got ${words}`);
}
