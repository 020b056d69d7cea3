/** @file The settings of attacks as options of the command line. */

import { type Command, Option } from 'commander';
import {
  type AttackKind,
  type AttackSetting,
  type AttackSettingDefinition,
  type AttackSettingName,
  type AttackSettings,
  attackKinds,
  attackSettings,
} from '../../attack/index.ts';
import { UserError } from '../../errors.ts';
import { settingDefinitions } from '../../models/index.ts';
import { flagOf } from '../flag.ts';
import { numberFrom, wholeNumber } from '../values.ts';

const names = Object.keys(attackSettings) as AttackSettingName[];

/** The settings of attacks that were given, by name. */
export type AttackSettingOptions = Partial<Record<AttackSettingName, AttackSetting>>;

/** Adds an option for each setting of any attack, which shows the attacks' defaults. */
export function withAttackSettings(command: Command): Command {
  for (const name of names) for (const option of optionsOf(name)) command.addOption(option);
  return command;
}

function optionsOf(name: AttackSettingName): Option[] {
  const { about, type, most }: AttackSettingDefinition = attackSettings[name];
  const kinds = attackKinds.filter((kind) => name in kind.defaults);
  const note = `(${kinds.map((kind) => `${kind.name}: ${kind.defaults[name]}`).join(', ')})`;
  const flag = flagOf(name);
  const option = (value: string) => new Option(`${flag} <${value}>`, `${about} ${note}`);
  if (type === 'flag') {
    // Either form may be the default of an attack, so that both are there.
    return [
      new Option(flag, `${about} ${note}`),
      new Option(flag.replace('--', '--no-'), 'do not'),
    ];
  }
  if (type === 'count') return [option('n').argParser(wholeNumber(1, most))];
  if (type === 'whole') return [option('n').argParser(wholeNumber(0, most))];
  if (type === 'number') return [option('x').argParser(numberFrom(0, most))];
  if (type === 'share') return [option('x').argParser(numberFrom(0, 1))];
  return [type === 'text' ? option('words') : option('word').choices(type)];
}

/**
 * The settings of an attack: its defaults, changed by the options given. Throws a UserError for an
 * option that it does not take.
 */
export function attackSettingsOf(kind: AttackKind, options: AttackSettingOptions): AttackSettings {
  for (const name of names) {
    if (options[name] === undefined || name in kind.defaults) continue;
    const takers = attackKinds.filter(({ defaults }) => name in defaults);
    throw new UserError(
      `${flagOf(name)} is no option of ${kind.name}, but of ` +
        `${takers.map((taker) => taker.name).join(', ')}: leave it out`,
    );
  }
  return Object.fromEntries(
    Object.entries(kind.defaults).map(([name, value]) => [
      name,
      options[name as AttackSettingName] ?? value,
    ]),
  );
}

/** Options of `attack` that only learned attacks take, beside settings of surrogates. */
const learnedOnly = ['checkpoints', 'blockUsers', 'k', 'preset', 'device', 'threads'];

/**
 * Throws a UserError for an option given on the command line that concerns what a learned attack
 * learns through.
 */
export function refuseLearning(kind: AttackKind, command: Command): void {
  for (const name of [...learnedOnly, ...Object.keys(settingDefinitions)]) {
    if (command.getOptionValueSource(name) !== 'cli') continue;
    throw new UserError(
      `${flagOf(name)} is for attacks that learn through a surrogate, and ${kind.name} learns ` +
        'nothing: leave it out',
    );
  }
}
