/** @file A worker of the tests: `URL LOCK_SECONDS DATA PROGRAM`, ended by SIGINT. */

import { serveQueue } from '../../src/grid/index.ts';
import { kinds } from './kinds.ts';

const [url, lockSeconds, data, module] = process.argv.slice(2);
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
try {
  await serveQueue(url, {
    program: { module },
    kinds,
    jobs: 1,
    data: JSON.parse(data),
    lockSeconds: Number(lockSeconds),
    signal: interrupt.signal,
    onLine: (line) => console.log(line),
  });
} catch (error) {
  console.log((error as Error).message);
  process.exitCode = 2;
}
