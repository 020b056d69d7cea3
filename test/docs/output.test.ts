/**
 * @file Output that the documentation shows is that of the program or command before it. UPDATE=1
 * in the environment writes what they print into the pages instead.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Block, blocksOf, isProgram, pages } from './pages.ts';
import { runCommand, runProgram, userProject } from './user.ts';

const project = userProject();

/** The last program or command before a block. */
function sourceOf(block: Block, blocks: readonly Block[]): Block {
  const before = blocks.slice(0, blocks.indexOf(block)).reverse();
  const source = before.find((other) => isProgram(other) || other.language === 'sh');
  if (source) return source;
  throw new Error(`${block.page} line ${block.line}: no program or command precedes this output`);
}

const print = (source: Block): string =>
  (isProgram(source) ? runProgram : runCommand)(project, source.text).trimEnd();

function update(block: Block, printed: string): void {
  const text = readFileSync(block.page, 'utf8');
  const open = `<!-- output: ${block.output} -->\n\`\`\`${block.language}\n`;
  const from = text.indexOf(open) + open.length;
  const to = text.indexOf('```\n<!-- end -->', from);
  writeFileSync(block.page, `${text.slice(0, from)}${printed}\n${text.slice(to)}`);
}

for (const page of pages) {
  const blocks = blocksOf(page);
  for (const block of blocks) {
    if (block.output === undefined) continue;
    test(`${page} shows what ${block.output} prints`, () => {
      const printed = print(sourceOf(block, blocks));
      if (process.env.UPDATE) update(block, printed);
      else assert.is(block.text, printed);
    });
  }
}

test('each output has a name of its own in its page', () => {
  for (const page of pages) {
    const names = blocksOf(page).flatMap(({ output }) => output ?? []);
    assert.is(new Set(names).size, names.length, page);
  }
});

test.run();
