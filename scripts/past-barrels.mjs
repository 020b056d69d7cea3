/**
 * @file Leads imports past the files that only export what others define (`index.ts`, `portable.ts`).
 * esbuild puts what such a file names into one chunk, so that a page would load at once what it needs
 * later or never.
 */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The files that only export, and make nothing of their own. */
const barrel =
  /\/src\/(attack|autodiff|autodiff\/functions\/optimizers|autodiff\/hypergradient\/solvers|data|defence|eval|models)\/(index|portable)\.ts$/;

const lists = new Map();

/** By exported name, the file that defines it and its name there. */
function exportsOf(path) {
  const known = lists.get(path);
  if (known) return known;
  const found = new Map();
  lists.set(path, found);
  const text = readFileSync(path, 'utf8');
  for (const [, names, from] of text.matchAll(/export \{([^}]*)\} from '([^']+)'/g)) {
    for (const { name, as } of namesIn(names))
      found.set(as, definition(join(dirname(path), from), name));
  }
  for (const [, from] of text.matchAll(/export \* from '([^']+)'/g)) {
    const file = join(dirname(path), from);
    for (const name of barrel.test(file) ? exportsOf(file).keys() : definedIn(file))
      found.set(name, definition(file, name));
  }
  return found;
}

const definition = (file, name) =>
  (barrel.test(file) && exportsOf(file).get(name)) || { file, name };

const definedIn = (file) =>
  [
    ...readFileSync(file, 'utf8').matchAll(/^export (?:async )?(?:const|function|class) (\w+)/gm),
  ].map(([, name]) => name);

/** The values in the braces of an import or export; types are gone when it runs. */
const namesIn = (braces) =>
  braces
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part && !part.startsWith('type '))
    .map((part) => {
      const [name, as = name] = part.split(/\s+as\s+/);
      return { name, as };
    });

/** The text of a module with each import from such a file made one from where the name is defined. */
function past(path, text) {
  return text.replaceAll(/import \{([^}]*)\} from '(\.[^']+)';/g, (statement, names, from) => {
    const file = join(dirname(path), from);
    if (!barrel.test(file)) return statement;
    const exported = exportsOf(file);
    return namesIn(names)
      .map(({ name, as }) => {
        const { file: target, name: original } = exported.get(name) ?? { file, name };
        return `import { ${original} as ${as} } from ${JSON.stringify(target)};`;
      })
      .join(' ');
  });
}

/** The plugin for esbuild. */
export const pastBarrels = {
  name: 'past barrels',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/.*\.tsx?$/ }, ({ path }) => ({
      contents: past(path, readFileSync(path, 'utf8')),
      loader: path.endsWith('x') ? 'tsx' : 'ts',
    }));
  },
};
