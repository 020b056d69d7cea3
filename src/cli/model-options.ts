/** @file The settings of models as options of the command line. */

import { type Command, InvalidArgumentError, Option } from 'commander';
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
import { numberFrom, wholeNumber } from './values.ts';

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
