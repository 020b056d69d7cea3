/** @file `hypertape data`: makes data folders, and writes them in the formats of other programs. */

import { Command } from 'commander';
import { npzOf, synthetic, writeDataFolder } from '../../data/index.ts';
import { reportSizes } from '../data/report.ts';
import { type ReportOptions, withReportOptions } from '../options.ts';
import { withDataFolder } from '../output-folder.ts';
import { expectNumbers } from '../room.ts';
import { wholeNumber } from '../values.ts';
import { convertCommand } from './data-convert.ts';
import { prepareCommand } from './data-prepare.ts';

type SyntheticOptions = ReportOptions & {
  out: string;
  users: number;
  fakes: number;
  items: number;
};

/** The command `data`, with `prepare`, `synthetic` and `convert`. */
export const dataCommand = (): Command => {
  const generate = withReportOptions(
    withDataFolder(
      new Command('synthetic').description(
        "the paper's synthetic data, and its fake users before any attack",
      ),
    )
      .option('--users <n>', 'real users', wholeNumber(1), 900)
      .option('--fakes <n>', 'fake users', wholeNumber(1), 100)
      .option('--items <n>', 'items', wholeNumber(2), 300),
  ).action(makeSynthetic);
  return new Command('data')
    .description('make a data folder: train.csv, test.csv, meta.json; users.txt, items.txt (ids)')
    .addCommand(prepareCommand())
    .addCommand(generate)
    .addCommand(convertCommand());
};

async function makeSynthetic(options: SyntheticOptions): Promise<void> {
  const { users, fakes: count, items, seed, out } = options;
  const pairs = (users + count) * items;
  expectNumbers('data synthetic: all pairs', pairs, 'lower --users, --fakes or --items');
  const { data, fakes } = synthetic({ users, fakes: count, items, seed });
  const source = { generator: 'synthetic', users, fakes: count, items, seed };
  await writeDataFolder(out, data, source, [{ name: 'fakes.npz', contents: npzOf(fakes) }]);
  reportSizes(data, options, {});
}
