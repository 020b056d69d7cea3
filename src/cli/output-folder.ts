/** @file What a command writes: named by an option or an argument, and tried before it begins. */

import { existsSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Argument, type Command, Option } from 'commander';
import { expectNoOther, tryMaking, tryWriting } from '../data/files.ts';
import { UserError } from '../errors.ts';
import { makeFolder } from '../files.ts';

/** What is written: the file that is named, or files of these names into the folder that is. */
type Written = 'the file' | readonly string[];

/** What a folder is that holds a file or a folder of this name. */
const kinds: Record<string, string> = {
  'run.json': 'an attack',
  'meta.json': 'a data folder',
  cells: 'a store of results',
};

/**
 * Adds an option, or an argument, that names what the command writes. If that cannot be written the
 * command ends with a UserError that names it, before it does anything. A folder may hold what else
 * there is of `own`.
 */
export function withOutput(
  command: Command,
  named: Option | Argument,
  written: Written,
  own?: readonly string[],
): Command {
  if (named instanceof Option) command.addOption(named);
  else command.addArgument(named);
  const position = command.registeredArguments.length - 1;
  return command.hook('preAction', async (_command, acting) => {
    const path =
      named instanceof Option
        ? acting.getOptionValue(named.attributeName())
        : acting.processedArgs[position];
    if (path !== undefined) await expectWritable(path, written, own);
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
 * Throws a UserError that names the file or folder unless it can be written. Nothing of it is made.
 * Throws one too for a folder of another kind, unless what tells its kind is among `own`.
 */
export async function expectWritable(
  path: string,
  written: Written,
  own: readonly string[] = typeof written === 'string' ? [] : written,
): Promise<void> {
  if (path === '') throw new UserError('cannot write to an empty path: name a file or a folder');
  if (written === 'the file') {
    await expectNoOther(path);
    return tryWriting(path);
  }
  const other = Object.keys(kinds).find(
    (name) => !own.includes(name) && existsSync(join(path, name)),
  );
  if (other) {
    throw new UserError(`${path} holds ${kinds[other]} (${other}): choose another folder`);
  }
  // A link that leads nowhere is there, too, and refused as a file of that name is.
  if (!(await lstat(path).catch(() => null))) return tryMaking(path);
  await makeFolder(path);
  for (const name of written) await expectNoOther(join(path, name));
  await tryWriting(join(path, 'file'));
}
