/** @file `hypertape data prepare`: a data folder of a file of interactions. */

import { Command, Option } from 'commander';
import {
  type Format,
  formats,
  givenSplit,
  kCore,
  needsTimes,
  type ReadInteractions,
  type ReadOptions,
  readInteractions,
  type SplitData,
  type SplitName,
  splitInteractions,
  splits,
  type Understood,
  writeDataFolder,
} from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import { grouped, reportSizes, understoodLines } from '../data/report.ts';
import { flagOf } from '../flag.ts';
import { type ReportOptions, withReportOptions } from '../options.ts';
import { Output } from '../output.ts';
import { withDataFolder } from '../output-folder.ts';
import { numberFrom, share, wholeNumber } from '../values.ts';

type PrepareOptions = ReportOptions & {
  out: string;
  format: Format | 'auto';
  test?: string;
  minInteractions?: number;
  minRating?: number;
  split?: SplitName;
  holdout?: number;
  separator?: string;
  header?: boolean;
  columns?: string[];
};

const defaults = { minInteractions: 15, split: 'random', holdout: 0.2 } as const;

/** The command `data prepare`. */
export const prepareCommand = (): Command =>
  withReportOptions(
    withDataFolder(
      withLayoutOptions(
        new Command('prepare')
          .description('filter a file of interactions and split it into train and test')
          .argument('<file>', 'interactions, also .gz'),
      ),
    )
      .option('--test <file>', 'interactions to test with, of the same format: no filter, no split')
      .option(
        '--min-interactions <n>',
        `least number that a user or item that is kept has (default: ${defaults.minInteractions})`,
        wholeNumber(1),
      )
      .option(
        '--min-rating <x>',
        'least rating that counts as a click (default: all count)',
        numberFrom(Number.NEGATIVE_INFINITY),
      )
      .addOption(
        new Option('--split <name>', `${describeSplits()} (default: ${defaults.split})`).choices(
          Object.keys(splits),
        ),
      )
      .option('--holdout <share>', `share to test with (default: ${defaults.holdout})`, share),
  ).action(prepareData);

/** Adds the options that say how a file is laid out. */
const withLayoutOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--format <name>', describeFormats())
        .choices(['auto', ...Object.keys(formats)])
        .default('auto'),
    )
    .option('--separator <text>', "csv: between fields, such as ';', '::', tab or space")
    .option('--header', 'csv: the first line names the columns')
    .option('--no-header', 'csv: the first line is a record')
    .option(
      '--columns <list>',
      'csv: user,item,rating,time by name or number from 1; - for none; rating and time may be left out',
      (text) => text.split(',').map((column) => column.trim()),
    );

const describe = (entries: readonly (readonly [string, string])[]): string =>
  entries.map(([name, about]) => `${name}: ${about}`).join('; ');

const describeFormats = (): string =>
  describe(Object.entries(formats).map(([name, { about }]) => [name, about]));

const describeSplits = (): string => describe(Object.entries(splits));

async function prepareData(file: string, options: PrepareOptions): Promise<void> {
  const { data, understood } = options.test
    ? await readGivenSplit(file, options.test, options)
    : await readAndSplit(file, options);
  const { idleUsers, ...set } = data;
  const output = new Output(options);
  for (const one of understood) {
    for (const line of understoodLines(one, options.minRating)) output.line(line);
  }
  output.line(
    'users and items are numbered from 0 in the order of their ids: users.txt, items.txt',
  );
  if (idleUsers > 0) {
    const are = idleUsers === 1 ? 'is' : 'are';
    output.line(`${grouped(idleUsers, 'user')} without a click to train on ${are} left out`);
  }
  const source = { understood, ...choices(options) };
  await writeDataFolder(options.out, set, source);
  reportSizes(set, options, { understood, idleUsers });
}

/** What a data folder's meta.json says about how it was made. */
function choices(options: PrepareOptions): object {
  const { minInteractions, minRating, split, holdout, seed } = { ...defaults, ...options };
  const given = { minRating: minRating ?? null, seed };
  return options.test ? given : { ...given, minInteractions, split, holdout };
}

interface Prepared {
  readonly data: SplitData;
  readonly understood: readonly Understood[];
}

const readOptions = (options: PrepareOptions, times: boolean): ReadOptions => {
  const { minRating, separator, header, columns } = options;
  return { minRating, separator, header, columns, times };
};

async function readAndSplit(file: string, options: PrepareOptions): Promise<Prepared> {
  const { minInteractions, split, holdout, seed } = { ...defaults, ...options };
  const takesShare = ['random', 'time', 'time-global'].includes(split);
  if (options.holdout !== undefined && !takesShare) {
    throw new UserError(`--holdout has no meaning for --split ${split}: leave it out`);
  }
  const read = readOptions(options, needsTimes(split));
  const interactions = await readInteractions(file, options.format, read);
  const { understood } = interactions;
  const kept = kCore(interactions, minInteractions);
  const data = splitInteractions(kept, { split, share: holdout, seed });
  if (data.test.indices.length === 0 && split !== 'none') {
    throw new UserError(
      takesShare
        ? `${file}: a holdout of ${holdout} leaves nothing to test with: raise it, or keep ` +
            'users with more interactions'
        : `${file}: split ${split} leaves nothing to test with, as no user has two clicks: ` +
            'choose --split none',
    );
  }
  if (data.train.indices.length === 0) {
    throw new UserError(`${file}: split ${split} leaves nothing to train on: lower the holdout`);
  }
  return { data, understood: [understood] };
}

async function readGivenSplit(
  file: string,
  testFile: string,
  options: PrepareOptions,
): Promise<Prepared> {
  const given = (['minInteractions', 'split', 'holdout'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (given) {
    throw new UserError(
      `${flagOf(given)} does not go with --test, which is the split: leave one out`,
    );
  }
  const read = readOptions(options, false);
  const train: ReadInteractions = await readInteractions(file, options.format, read);
  const test = await readInteractions(testFile, train.understood.format, read);
  const data = givenSplit(train, test, `${file} and ${testFile}`);
  if (data.test.indices.length === 0) {
    throw new UserError(
      `${testFile}: none of its users is in ${file}, so that nothing is left to test with: are ` +
        'their ids written alike?',
    );
  }
  return { data, understood: [train.understood, test.understood] };
}
