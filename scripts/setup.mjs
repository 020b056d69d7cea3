/** @file Makes a checkout ready to run: installs from the lock file and builds, where not yet done. */

import { execSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const changed = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

const newestSource = () =>
  Math.max(
    ...readdirSync('src', { recursive: true }).map((name) => changed(join('src', name))),
    ...readdirSync('scripts').map((name) => changed(join('scripts', name))),
  );

// npm writes this file at the end of an install that succeeded.
const installed = changed('node_modules/.package-lock.json');
if (installed < changed('package-lock.json')) {
  console.error('installing dependencies …');
  execSync('npm ci --no-audit --no-fund', { stdio: ['ignore', 2, 2] });
}
if (changed('dist/cli.js') < newestSource()) {
  execSync('npm run --silent build', { stdio: ['ignore', 2, 2] });
}
