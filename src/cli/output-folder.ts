/** @file What a command writes: named by an option or an argument, and tried before it begins. */

import { join } from 'node:path';
import { type Argument, type Command, Option } from 'commander';
import { expectNoOther, makeFolder, removeEmptyFolder, tryWriting } from '../data/files.ts';
import { UserError } from '../errors.ts';

/** What is written: the file that is named, or files of these names into the folder that is. */
type Written = 'the file' | readonly string[];

/**
 * Adds an option, or an argument, that names what the command writes. If that cannot be written the
 * command ends with a UserError that names it, before it does anything.
 */
export function withOutput(command: Command, named: Option | Argument, written: Written): Command {
  if (named instanceof Option) command.addOption(named);
  else command.addArgument(named);
  const position = command.registeredArguments.length - 1;
  return command.hook('preAction', async (_command, acting) => {
    const path =
      named instanceof Option
        ? acting.getOptionValue(named.attributeName())
        : acting.processedArgs[position];
    if (path !== undefined) await expectWritable(path, written);
  });
}

/** Adds `--out` of a command that makes a data folder. */
export const withDataFolder = (command: Command): Command =>
  withOutput(command, new Option('--out <dir>', 'data folder to make').makeOptionMandatory(), [
    'train.csv',
    'test.csv',
    'meta.json',
    'users.txt',
    'items.txt',
  ]);

/**
 * Throws a UserError that names the file or folder unless it can be written: its folder is made and
 * written to, and all is taken back.
 */
export async function expectWritable(path: string, written: Written): Promise<void> {
  if (path === '') throw new UserError('cannot write to an empty path: name a file or a folder');
  if (written === 'the file') {
    await expectNoOther(path);
    return tryWriting(path);
  }
  const made = await makeFolder(path);
  try {
    for (const name of written) await expectNoOther(join(path, name));
    await tryWriting(join(path, 'file'));
  } finally {
    for (const folder of made.reverse()) await removeEmptyFolder(folder);
  }
}
