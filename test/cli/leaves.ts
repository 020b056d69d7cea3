/** @file All commands of the command line, as the program registers them. */

import { readdirSync } from 'node:fs';
import type { Command } from 'commander';

/** A command that does something, and the words that call it: `data prepare`. */
export interface Leaf {
  readonly words: readonly string[];
  readonly command: Command;
}

/** The commands without commands of their own. */
export async function leaves(): Promise<Leaf[]> {
  const commands: Command[] = [];
  for (const file of readdirSync('src/cli/commands')) {
    const exported = await import(`../../src/cli/commands/${file}`);
    const name = `${file.replace(/\.ts$/, '').replace(/-(\w)/g, (_, letter) => letter.toUpperCase())}Command`;
    if (name in exported) commands.push(exported[name]());
  }
  const below = (command: Command, words: readonly string[]): Leaf[] =>
    command.commands.length === 0
      ? [{ words, command }]
      : command.commands.flatMap((child) => below(child, [...words, child.name()]));
  return commands.flatMap((command) => below(command, [command.name()]));
}
