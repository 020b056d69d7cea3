/** @file `hypertape data convert`: data folders and fake users in the formats of other programs. */

import { statSync } from 'node:fs';
import { Argument, Command, Option } from 'commander';
import {
  type Format,
  formats,
  idMap,
  readDataFolder,
  type Written,
  writableFormats,
  writeDataSet,
  writeFakeUsers,
} from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import { readAttackFile } from '../../eval/index.ts';
import { split } from '../ids.ts';
import { type ReportOptions, withReportOptions } from '../options.ts';
import { Output } from '../output.ts';
import { withOutput } from '../output-folder.ts';

type ConvertOptions = ReportOptions & {
  to: Format;
  from?: Format;
  data?: string;
  targets?: string;
};

/** The command `data convert`. */
export const convertCommand = (): Command =>
  withReportOptions(
    withOutput(
      new Command('convert')
        .description(
          'write a data folder, or a file of fake users, in the format of another program',
        )
        .argument('<in>', 'data folder; or fake users in any format, with --data'),
      new Argument('<out>', 'folder to make'),
      [],
    )
      .addOption(
        new Option('--to <format>', 'format to write')
          .choices(writableFormats)
          .makeOptionMandatory(),
      )
      .addOption(
        new Option(
          '--from <format>',
          'format of the fake users; their lines tell it otherwise',
        ).choices(Object.keys(formats)),
      )
      .option('--data <dir>', 'data folder that the fake users were made for')
      .option('--targets <ids>', 'vat: ids of the items that the fake users are for'),
  ).action(convert);

async function convert(source: string, out: string, options: ConvertOptions): Promise<void> {
  const written = isFolder(source)
    ? await convertFolder(source, out, options)
    : await convertFakes(source, out, options);
  const output = new Output(options);
  for (const file of written.files) output.line(file);
  if (written.note) output.line(written.note);
  output.result({ out, format: options.to, ...written });
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

async function convertFolder(
  source: string,
  out: string,
  options: ConvertOptions,
): Promise<Written> {
  const given = (['data', 'targets', 'from'] as const).find((name) => options[name] !== undefined);
  if (given) {
    throw new UserError(`--${given} goes with a file of fake users, ${source} is a folder`);
  }
  return writeDataSet(out, await readDataFolder(source), options.to);
}

async function convertFakes(
  source: string,
  out: string,
  options: ConvertOptions,
): Promise<Written> {
  if (options.data === undefined) {
    throw new UserError(
      `${source}: fake users need the data that they were made for: give --data, or a data folder`,
    );
  }
  if (options.targets !== undefined && options.to !== 'vat') {
    throw new UserError(
      `--targets: ${options.to} holds no targets: leave it out, or choose --to vat`,
    );
  }
  const data = await readDataFolder(options.data);
  const {
    fakes,
    labels,
    targets: own,
  } = await readAttackFile(source, data, options.from ?? 'auto');
  const ids = idMap(data, 'items');
  const given = options.targets === undefined ? undefined : split(options.targets, 'targets');
  if (given) ids.numbersOf(given, '--targets');
  const targets = given ?? own?.map(ids.idOf);
  return writeFakeUsers(out, data, { clicks: fakes, names: labels, targets }, options.to);
}
