/** @file Checks that each folder of src/ imports only from the folders that it may know. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

const mayImport = {
  autodiff: [],
  data: [],
  models: ['autodiff', 'data'],
  attack: ['autodiff', 'data', 'models'],
  eval: ['autodiff', 'data', 'models', 'attack'],
  cli: ['autodiff', 'data', 'models', 'attack', 'eval'],
};

const layerOf = (path) => relative('src', path).split(sep)[0];
const wrong = [];
for (const name of readdirSync('src', { recursive: true })) {
  if (!name.endsWith('.ts')) continue;
  const path = join('src', name);
  const from = layerOf(path);
  // src/index.ts re-exports every layer, and src/errors.ts is every layer's.
  if (!(from in mayImport)) {
    if (!from.endsWith('.ts')) wrong.push(`${path}: folder src/${from} is not a known layer`);
    continue;
  }
  for (const [, target] of readFileSync(path, 'utf8').matchAll(/from '(\.[^']+)'/g)) {
    const to = layerOf(join(dirname(path), target));
    if (to === from || to === 'errors.ts' || mayImport[from].includes(to)) continue;
    wrong.push(`${path}: ${from} may not import ${target}`);
  }
}
for (const line of wrong) console.error(line);
process.exitCode = wrong.length > 0 ? 1 : 0;
