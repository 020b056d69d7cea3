/** @file The options of `hypertape defend`, and what they ask for. */

import { Command, Option } from 'commander';
import type { DataSet, SparseMatrix } from '../../data/index.ts';
import {
  type Defence,
  type DefenceSettings,
  type DefenceTask,
  defenceNames,
  detector,
  detectorNames,
} from '../../defence/index.ts';
import { UserError } from '../../errors.ts';
import { exampleOf, readFakes, type StoredFakes } from '../../eval/index.ts';
import type { Settings } from '../../models/index.ts';
import { targetsOfFakes } from '../fakes-targets.ts';
import { flagOf } from '../flag.ts';
import { type ModelOptions, withModelOptions } from '../model-options.ts';
import { type CommonOptions, deviceOf, withCommonOptions } from '../options.ts';
import { withOutput } from '../output-folder.ts';
import { numberFrom, wholeNumber } from '../values.ts';

/** The options of `defend`. */
export type DefendOptions = CommonOptions &
  ModelOptions & {
    data: string;
    fakes: string;
    defence: string;
    victim?: string;
    detector: string;
    examples: string[];
    share?: number;
    bags?: number;
    bagSize?: number;
    votes?: number;
    certify: number[];
    alpha: number;
    seeds: number;
    targets?: string;
    inner?: boolean;
    k: number;
    out?: string;
  };

/** The command `defend` with its options, without what it does. */
export const defendOptions = (): Command =>
  withOutput(
    withModelOptions(withCommonOptions(withDefenceOptions(baseCommand()))),
    new Option('--out <dir>', 'folder for report.html'),
    ['report.html'],
  );

const baseCommand = (): Command =>
  new Command('defend')
    .description(
      'train a victim defended and undefended, with and without fake users: gain and cost',
    )
    .requiredOption('--data <dir>', 'data folder')
    .requiredOption('--fakes <file>', 'fake users, SciPy sparse .npz')
    .addOption(
      new Option('--defence <name>', 'how to defend')
        .choices([...defenceNames])
        .makeOptionMandatory(),
    )
    .option('--victim <model>', 'recommender to defend (default: the first that the defence takes)')
    .option('--targets <items>', 'target items of fake users without a fakes.json beside them')
    .option('--inner', 'name users and items by their inner numbers, not by their ids')
    .option(
      '--seeds <n>',
      'seeds of each victim, from --seed on; those of the attack are passed over',
      wholeNumber(1, 1000),
      3,
    )
    .option('--k <n>', 'length of the recommendations', wholeNumber(1, 2 ** 24), 50);

const withDefenceOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--detector <name>', 'whom filtering and down-weighting suspect')
        .choices([...detectorNames])
        .default('pca-var-select'),
    )
    .option('--examples <file...>', 'fake users of other attacks, for a detector that learns', [])
    .option(
      '--share <x>',
      'share of users to drop, or taken to be fake (filtering, down-weighting, trimmed-loss)',
      numberFrom(0, 1),
    )
    .option('--bags <n>', 'recommenders that vote (pore)', wholeNumber(1, 1e7))
    .option('--bag-size <n>', 'users of a bag (pore)', wholeNumber(1, 2 ** 24))
    .option('--votes <n>', 'items that each of them recommends (pore)', wholeNumber(1, 2 ** 24))
    .option('--certify <n,…>', 'numbers of fake users to certify against (pore)', counts, [1, 2, 5])
    .option(
      '--alpha <x>',
      'probability that a certificate is wrong (pore)',
      numberFrom(1e-12, 0.4),
      0.001,
    );

const counts = (text: string): number[] => text.split(',').map(wholeNumber(0, 1e6));

/** The settings of defences that are options, each read by some defences only. */
const optionalSettings = ['share', 'bags', 'bagSize', 'votes'] as const;

/** Throws a UserError for an option that was typed and that the defence does not read. */
export function expectRead(chosen: Defence, options: DefendOptions, command: Command): void {
  const isTyped = (name: string) => command.getOptionValueSource(name) === 'cli';
  const unread = (names: readonly string[], why: string): void => {
    const name = names.find(isTyped);
    if (name !== undefined) throw new UserError(`${flagOf(name)} ${why}: leave it out`);
  };
  if (!chosen.suspects) unread(['detector', 'examples'], `is no option of ${chosen.name}`);
  else if (detector(options.detector).needs !== 'examples') {
    unread(['examples'], `is for a detector that learns, which ${options.detector} does not`);
  }
  if (!('votes' in chosen.defaults)) {
    unread(['certify', 'alpha'], `goes with pore, not with ${chosen.name}`);
  }
}

/** What the defence is told: its options, and those of the kind that it trains. */
export function told(chosen: Defence, options: DefendOptions, trained?: Settings): DefenceSettings {
  const names = Object.keys(chosen.defaults) as (keyof DefenceSettings)[];
  for (const name of optionalSettings) {
    if (options[name] === undefined || names.includes(name)) continue;
    throw new UserError(`${flagOf(name)} is no option of ${chosen.name}: leave it out`);
  }
  const given = { ...options, ...trained } as DefenceSettings;
  return Object.fromEntries(
    names.map((name) => [name, given[name] ?? chosen.defaults[name]]),
  ) as DefenceSettings;
}

/** The targets of an attack. Throws a UserError where it has none, or where others are given. */
export function targetsOfAttack(
  attack: StoredFakes,
  data: DataSet,
  options: DefendOptions,
): number[] {
  const { fakes: path } = options;
  if (attack.record?.goal !== 'untargeted') return targetsOfFakes(path, attack, data, options);
  throw new UserError(
    `${path}: its attack has no target items, whose hits defend measures: give fake users of ` +
      'an attack that promotes or demotes',
  );
}

/** The suspicion of the chosen detector, which is told neither the fake users nor the targets. */
export async function suspicionOf(
  { suspects, name }: Defence,
  data: DataSet,
  options: DefendOptions,
): Promise<((seed: number) => DefenceTask['suspicion']) | undefined> {
  if (!suspects) return undefined;
  const chosen = detector(options.detector);
  if (chosen.needs === 'targets') {
    throw new UserError(`${name}: detector ${chosen.name} must know the targets: choose another`);
  }
  const attacks: SparseMatrix[] = [];
  for (const path of options.examples) attacks.push((await readFakes(path, data)).fakes);
  const device = await deviceOf(options);
  return (seed) => {
    const examples = attacks.map((fakes) => exampleOf(data.train, fakes, seed));
    return (clicks, signal) => chosen.scores(clicks, { seed, examples, device, signal });
  };
}
