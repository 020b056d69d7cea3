/** @file Options that several commands share, and how their words are read. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Projection } from '../attack/index.ts';
import { exact, type Method, partial, truncated } from '../autodiff/index.ts';
import { UserError } from '../errors.ts';
import {
  activations,
  type ModelName,
  type ModelSettings,
  modelDefaults,
  syntheticDefaults,
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

export function withCommonOptions(command: Command): Command {
  return command
    .option('--device <name>', 'auto, simd, reference or gpujs:<mode>', 'auto')
    .option('--threads <n>', 'threads of the simd device; default all cores', wholeNumber(1))
    .option('--seed <n>', 'seed of everything random', wholeNumber(0), 1)
    .option('--json', 'one JSON object on the last line of stdout, all else on stderr')
    .option('--quiet', 'no progress and no table');
}

/** Options of a model's training; those not given keep the paper's settings. */
export function withModelOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--preset <name>', "the paper's settings to start from")
        .choices(['gowalla', 'synthetic'])
        .default('gowalla'),
    )
    .option('--epochs <n>', 'passes over the data', wholeNumber(1))
    .option('--batch-size <n|all>', 'users (WRMF) or items (ItemAE) of a step', batchSize)
    .option('--learning-rate <x>', "Adam's step size", numberFrom(0))
    .option('--weight-decay <x>', 'added to the gradient times the parameter', numberFrom(0))
    .option('--weight <x>', 'weight of an observed entry', numberFrom(0))
    .addOption(
      new Option('--loss <form>', 'how the sum over all pairs is taken').choices([
        'dense',
        'implicit-zeros',
      ]),
    )
    .option('--factors <k>', 'WRMF: length of a factor', wholeNumber(1))
    .option('--deviation <x>', 'WRMF: standard deviation of the first factors', numberFrom(0))
    .option('--layers <sizes>', 'ItemAE: hidden sizes such as 256,128,256', layerSizes)
    .addOption(
      new Option('--activation <name>', 'ItemAE: after each hidden layer').choices(
        Object.keys(activations),
      ),
    );
}

const batchSize = (words: string): number | 'all' =>
  words === 'all' ? 'all' : wholeNumber(1)(words);

const layerSizes = (words: string): number[] => words.split(',').map(wholeNumber(1));

export type ModelOptions = Partial<ModelSettings> & { readonly preset: 'gowalla' | 'synthetic' };

/** The settings of a model: the preset's, with what was given on the command line. */
export function settingsOf(model: ModelName, options: ModelOptions): ModelSettings {
  const preset: ModelSettings =
    options.preset === 'synthetic' ? syntheticDefaults[model] : modelDefaults[model];
  const given = Object.keys(preset).filter(
    (name) => options[name as keyof ModelSettings] !== undefined,
  );
  const changes = given.map((name) => [name, options[name as keyof ModelSettings]]);
  return { ...preset, ...Object.fromEntries(changes) };
}

/**
 * `exact`, `exact:8` (checkpoints), `exact:2GB` (bytes for them), `truncated:70` (steps),
 * `truncated:10epochs` or `partial`. Throws a UserError for anything else.
 */
export function parseMethod(words: string, stepsPerEpoch: number): Method {
  const match = /^(exact|truncated|partial)(?::(\d+(?:\.\d+)?)([a-zA-Z]*))?$/.exec(words);
  const [, kind, amount, unit] = match ?? [];
  const value = Number(amount);
  if (kind === 'partial' && amount === undefined) return partial();
  if (kind === 'exact' && amount === undefined) return exact();
  if (kind === 'exact' && unit === '' && value >= 1) return exact({ checkpoints: value });
  if (kind === 'exact' && unit in byteUnits) {
    return exact({ checkpoints: { bytes: value * byteUnits[unit] } });
  }
  if (kind === 'truncated' && unit === '' && Number.isInteger(value)) return truncated(value);
  if (kind === 'truncated' && /^epochs?$/.test(unit ?? '') && Number.isInteger(value)) {
    return truncated(value * stepsPerEpoch);
  }
  throw new UserError(
    `method: expected exact, exact:8 (checkpoints), exact:2GB, truncated:70 (steps), ` +
      `truncated:10epochs or partial, got ${words}`,
  );
}

const byteUnits: Record<string, number> = { KB: 1e3, MB: 1e6, GB: 1e9 };

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
