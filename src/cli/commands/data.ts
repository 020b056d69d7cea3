/** @file `hypertape data`: makes data folders, from a file or from the synthetic generator. */

import { join } from 'node:path';
import { Command, Option } from 'commander';
import {
  type DataSet,
  type Format,
  formats,
  holdout,
  kCore,
  readInteractions,
  synthetic,
  writeDataFolder,
  writeNpz,
} from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import {
  type CommonOptions,
  numberFrom,
  share,
  wholeNumber,
  withCommonOptions,
} from '../options.ts';
import { Output } from '../output.ts';

type PrepareOptions = CommonOptions & {
  out: string;
  format: Format;
  minInteractions: number;
  minRating: number;
  holdout: number;
};

type SyntheticOptions = CommonOptions & {
  out: string;
  users: number;
  fakes: number;
  items: number;
};

/** The command `data`, with `prepare` and `synthetic`. */
export const dataCommand = (): Command => {
  const prepare = withCommonOptions(
    new Command('prepare')
      .description('filter a file of interactions and split it into train and test')
      .argument('<file>', 'interactions, also .gz')
      .addOption(
        new Option('--format <name>', describeFormats())
          .choices(Object.keys(formats))
          .makeOptionMandatory(),
      )
      .requiredOption('--out <dir>', 'data folder to make')
      .option(
        '--min-interactions <n>',
        'least number that a user or item that is kept has',
        wholeNumber(1),
        15,
      )
      .option(
        '--min-rating <x>',
        'least rating that counts as a click, in formats with ratings',
        numberFrom(0),
        0,
      )
      .option('--holdout <share>', "share of each user's items to test with", share, 0.2),
  ).action(prepareData);
  const generate = withCommonOptions(
    new Command('synthetic')
      .description("the paper's synthetic data, and its fake users before any attack")
      .requiredOption('--out <dir>', 'data folder to make')
      .option('--users <n>', 'real users', wholeNumber(1), 900)
      .option('--fakes <n>', 'fake users', wholeNumber(1), 100)
      .option('--items <n>', 'items', wholeNumber(2), 300),
  ).action(makeSynthetic);
  return new Command('data')
    .description('make a data folder: train.csv, test.csv, meta.json; users.txt, items.txt (ids)')
    .addCommand(prepare)
    .addCommand(generate);
};

const describeFormats = (): string =>
  Object.entries(formats)
    .map(([name, { about }]) => `${name}: ${about}`)
    .join('; ');

async function prepareData(file: string, options: PrepareOptions): Promise<void> {
  const { format, minInteractions, minRating, seed, out } = options;
  const interactions = await readInteractions(file, format, { minRating });
  const kept = kCore(interactions, minInteractions);
  const data = holdout(kept, options.holdout, seed);
  if (data.test.indices.length === 0) {
    throw new UserError(
      `${file}: a holdout of ${options.holdout} leaves nothing to test with: raise it, or keep ` +
        'users with more interactions',
    );
  }
  const source = { file, format, minInteractions, minRating, holdout: options.holdout, seed };
  await writeDataFolder(out, data, source);
  report(data, options);
}

async function makeSynthetic(options: SyntheticOptions): Promise<void> {
  const { users, fakes: count, items, seed, out } = options;
  const { data, fakes } = synthetic({ users, fakes: count, items, seed });
  await writeDataFolder(out, data, { generator: 'synthetic', users, fakes: count, items, seed });
  await writeNpz(join(out, 'fakes.npz'), fakes);
  report(data, options);
}

function report({ train, test }: DataSet, options: CommonOptions & { out: string }): void {
  const output = new Output(options);
  const counts = { train: train.indices.length, test: test.indices.length };
  const sparsity = 1 - (counts.train + counts.test) / (train.rows * train.columns);
  output.line(
    `${options.out}: ${train.rows} users, ${train.columns} items, ${counts.train} clicks to train, ` +
      `${counts.test} to test, sparsity ${(100 * sparsity).toFixed(2)} %`,
  );
  const { rows: users, columns: items } = train;
  output.result({ out: options.out, users, items, ...counts, sparsity });
}
