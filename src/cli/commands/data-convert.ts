/** @file `hypertape data convert`: data folders and fake users in the formats of other programs. */

import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Argument, Command, Option } from 'commander';
import {
  type DataSet,
  type FakeUsers,
  type Format,
  formats,
  fromPairs,
  idMap,
  readDataFolder,
  readInteractions,
  readVatTargets,
  type Written,
  writableFormats,
  writeDataSet,
  writeFakeUsers,
} from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import { expectStrangers, readFakes as readStoredFakes } from '../../eval/index.ts';
import { type ReportOptions, withReportOptions } from '../options.ts';
import { Output } from '../output.ts';
import { withOutput } from '../output-folder.ts';

type ConvertOptions = ReportOptions & {
  to: Format;
  from: Format | 'auto';
  data?: string;
  targets?: string[];
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
        new Option('--from <format>', 'format of the fake users')
          .choices(['auto', ...Object.keys(formats)])
          .default('auto'),
      )
      .option('--data <dir>', 'data folder that the fake users were made for')
      .option('--targets <ids>', 'vat: ids of the items that the fake users are for', (text) =>
        text.split(','),
      ),
  ).action(convert);

async function convert(source: string, out: string, options: ConvertOptions): Promise<void> {
  if (existsSync(join(out, 'meta.json'))) {
    throw new UserError(
      `${out}: is a data folder, which is not overwritten: choose another folder`,
    );
  }
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
  const given = (['data', 'targets'] as const).find((name) => options[name] !== undefined);
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
  const data = await readDataFolder(options.data);
  const fakes = await readFakes(source, options.from, data);
  const targets = options.targets ?? fakes.targets;
  if (targets) idMap(data, 'items').numbersOf(targets, '--targets');
  return writeFakeUsers(out, data, { ...fakes, ...(targets && { targets }) }, options.to);
}

/**
 * Fake users; those of a text format have names, and items by the ids of the source. The record of
 * an .npz, if one is beside it, names them and their targets, and is refused if it is of other data.
 */
async function readFakes(path: string, from: Format | 'auto', data: DataSet): Promise<FakeUsers> {
  if (from === 'npz' || (from === 'auto' && path.endsWith('.npz'))) {
    const { fakes: clicks, record } = await readStoredFakes(path, data);
    const targets = record?.targets.map(({ item }) => data.items?.[item] ?? `${item}`);
    return { clicks, ...(record && { names: record.labels }), ...(targets && { targets }) };
  }
  const { understood, users, items, userOf, itemOf } = await readInteractions(path, from);
  const isNumbered = formats[understood.format].writer?.numbered;
  if (isNumbered && !existsSync(join(dirname(path), 'item_list.txt'))) {
    throw new UserError(`${path}: beside its numbers there is no item_list.txt of their ids`);
  }
  expectStrangers(path, users, data);
  const numbers = idMap(data, 'items').numbersOf(items, path);
  const pairs = Array.from(userOf, (user, i) => [user, numbers[itemOf[i]]] as const);
  const clicks = fromPairs(pairs, users.length, data.train.columns);
  const targets = understood.format === 'vat' ? await readVatTargets(path) : undefined;
  return { clicks, names: users, ...(targets && { targets }) };
}
