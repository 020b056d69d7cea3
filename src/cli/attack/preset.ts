/** @file `attack --preset paper`: what is not given is as in the code that the authors published. */

import type { Command } from 'commander';
import { type AttackSettingName, attackSettings, publishedAttack } from '../../attack/index.ts';
import { UserError } from '../../errors.ts';
import type { AttackOptions } from './plan.ts';

/** Published settings of options that are no settings of an attack. */
const elsewhere = { clicks: 'free', fakes: '1%', strata: 'published', k: 50 } as const;

/**
 * The options, of which with `--preset paper` those that were not given are as published for the
 * surrogate and the method. Throws a UserError for an attack or a surrogate that was not.
 */
export function withPreset(options: AttackOptions, command: Command): AttackOptions {
  if (options.preset !== 'paper' || options.attack !== 'hypergradient') return options;
  const surrogate = `${options.surrogate ?? 'wrmf-sgd'}`;
  const published = publishedAttack(surrogate, options.method as string | undefined);
  if (!published) {
    throw new UserError(`--preset paper: the paper attacks through no ${surrogate}: leave it out`);
  }
  const settings = Object.keys(published.settings).filter((name) => name in attackSettings);
  const isGiven = (name: string) => command.getOptionValueSource(name) === 'cli';
  const entries = [
    ...settings.map((name) => [name, published.settings[name as AttackSettingName]] as const),
    ...Object.entries(elsewhere),
  ].filter(([name]) => !isGiven(name));
  return { ...options, ...Object.fromEntries(entries) };
}
