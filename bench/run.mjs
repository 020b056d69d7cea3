/** @file `npm run bench`: installs the peers from their own lock file if need be, then measures. */

import { execSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

const folder = fileURLToPath(new URL('.', import.meta.url));
const changed = (path) => (existsSync(folder + path) ? statSync(folder + path).mtimeMs : 0);

// npm writes this file at the end of an install that succeeded.
if (changed('node_modules/.package-lock.json') < changed('package-lock.json')) {
  console.error('installing what to compare with …');
  try {
    execSync('npm ci --no-audit --no-fund', { cwd: folder, stdio: ['ignore', 2, 'pipe'] });
  } catch ({ stderr }) {
    const [reason] = String(stderr).split('\n');
    console.error(`cannot install what to compare with, and goes on without: ${reason}`);
  }
}
register();
await import(process.argv[2] === 'adbench' ? './adbench/main.ts' : './main.ts');
