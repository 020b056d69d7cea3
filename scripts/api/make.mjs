/**
 * @file `npm run docs:api`: writes the API reference to docs/api from the docstrings of the entry
 * points. Installs typedoc from its own lock file if need be.
 */

import { execSync, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const changed = (path) => (existsSync(folder + path) ? statSync(folder + path).mtimeMs : 0);

// npm writes this file at the end of an install that succeeded.
if (changed('node_modules/.package-lock.json') < changed('package-lock.json')) {
  console.error('installing typedoc …');
  execSync('npm ci --no-audit --no-fund', { cwd: folder, stdio: ['ignore', 2, 2] });
}
const typedoc = `${folder}node_modules/typedoc/bin/typedoc`;
const args = [typedoc, '--options', `${folder}typedoc.json`];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
process.exitCode = status ?? 1;
