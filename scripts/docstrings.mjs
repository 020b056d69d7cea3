/**
 * @file Checks that every export of src/ has a docstring: the API reference is made of them.
 * `--list` prints what lacks one, by room, and marks what an entry point exports with `*`.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const declaration =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|class|interface|type) (\w+)/;

const files = readdirSync('src', { recursive: true })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => join('src', name).replaceAll('\\', '/'))
  .sort();

/** The names that a file exports without a docstring; later overloads share the first one's. */
function undocumented(path) {
  const lines = readFileSync(path, 'utf8').split('\n');
  const documented = new Set();
  const missing = new Set();
  lines.forEach((line, i) => {
    const name = declaration.exec(line)?.[1];
    if (!name || documented.has(name)) return;
    // A file's own comment is followed by an empty line, so it counts for nothing here.
    if (lines[i - 1]?.trimEnd().endsWith('*/')) documented.add(name);
    else missing.add(name);
  });
  return [...missing];
}

/** The names that an entry point gives to users, by the file that declares them. */
function publicNames(path, found = new Map()) {
  const text = readFileSync(path, 'utf8');
  for (const [, names, from] of text.matchAll(
    /^export (?:type )?(\*|\{[^}]*\}) from '(\.[^']+)'/gm,
  )) {
    const target = join(dirname(path), from).replaceAll('\\', '/');
    if (target.endsWith('index.ts')) publicNames(target, found);
    else {
      const listed = names === '*' ? ['*'] : (names.match(/\w+/g) ?? []);
      found.set(target, [...(found.get(target) ?? []), ...listed]);
    }
  }
  return found;
}

const isPublic = publicNames('src/index.ts');
const missing = files.flatMap((path) => undocumented(path).map((name) => ({ path, name })));

for (const { path, name } of missing) {
  const names = isPublic.get(path) ?? [];
  const mark = names.includes('*') || names.includes(name) ? '*' : ' ';
  console.log(
    process.argv.includes('--list')
      ? `${mark} ${path} ${name}`
      : `${path}: ${name} has no docstring`,
  );
}
if (missing.length > 0 && !process.argv.includes('--list')) process.exitCode = 1;
