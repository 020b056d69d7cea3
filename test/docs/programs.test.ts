/** @file The programs in the documentation and in examples/ compile as a user would compile them. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { blocksOf, isProgram, pages } from './pages.ts';
import { compilerErrors, runProgram, userProject } from './user.ts';

const project = userProject();

const programs = pages.flatMap(blocksOf).filter(isProgram);
const named = programs.map(({ page, line, text }) => ({
  name: `${page.replaceAll(/\W/g, '-')}-${line}.ts`,
  text,
}));
// Node's types are no part of what the library asks for: the one example that writes files declares them.
const examples = readdirSync('examples')
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({
    name,
    text: readFileSync(join('examples', name), 'utf8'),
  }));
const library = [...named, ...examples.filter(({ text }) => !text.includes("'node:"))];
for (const { name, text } of library) writeFileSync(join(project, name), text);

for (const mode of ['bundler', 'nodenext'] as const) {
  test(`programs and examples compile under strict, modules resolved as ${mode}`, () => {
    const files = library.map(({ name }) => name);
    assert.is(compilerErrors(project, files, mode), '');
  });
}

test('the compiler is asked: an error in a program is found', () => {
  writeFileSync(
    join(project, 'wrong.ts'),
    "import { tensor } from 'hypertape/autodiff';\ntensor('a');\n",
  );
  assert.match(compilerErrors(project, ['wrong.ts'], 'bundler'), /wrong\.ts\(2,8\)/);
});

test('the first program of the README prints the numbers that follow on paper', () => {
  const readme = programs.find(({ page }) => page === 'README.md');
  const printed = runProgram(project, readme?.text ?? '');
  const numbers = printed.match(/-?\d+\.\d+/g)?.map(Number) ?? [];
  // w after 10 steps is 2 (1 - 0.8^10).
  const moved = 1 - 0.8 ** 10;
  const trained = 2 * moved;
  const exact = [(trained - 3) ** 2, 2 * (trained - 3) * moved];
  assert.is(numbers.length, exact.length, printed);
  exact.forEach((value, i) => {
    assert.ok(Math.abs(numbers[i] - value) <= 0.5001e-4, `${numbers[i]} is not ${value}`);
  });
});

test.run();
