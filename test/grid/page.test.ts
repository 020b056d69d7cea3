/** @file The program of docs/grid.md compiles for users and does what the page says. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compilerErrors, runProgram, userProject } from '../docs/user.ts';

const [, program] = /```ts\n(\/\/ squares\.ts\n[^]*?)```/.exec(
  readFileSync('docs/grid.md', 'utf8'),
)!;
const project = userProject();

test('the program of the page runs, and a second time from its store', () => {
  for (let run = 0; run < 2; run++) assert.is(runProgram(project, program), '0 7\n');
  assert.is(readdirSync(join(project, 'squares-store', 'cells')).length, 4);
});

for (const mode of ['bundler', 'nodenext'] as const) {
  test(`it compiles under strict, without Node's types, modules resolved as ${mode}`, () => {
    const line = "import process from 'node:process';\n";
    assert.ok(program.includes(line));
    const text = program.replace(line, 'declare const process: { argv: string[] };\n');
    writeFileSync(join(project, 'squares.ts'), text);
    assert.is(compilerErrors(project, ['squares.ts'], mode), '');
  });
}

test.run();
