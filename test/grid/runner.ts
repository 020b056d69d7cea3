/** @file Runs work cells of the tests: `STORE PROGRAM JOBS CELLS STEPS`, ended by SIGINT. */

import { defineCell, Grid, localExecutor, runGrid, Store } from '../../src/grid/index.ts';
import { kinds, work } from './kinds.ts';

const [path, module, ...numbers] = process.argv.slice(2);
const [jobs, length, steps] = numbers.map(Number);
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const cells = Array.from({ length }, (_, seed) => defineCell(work, { steps, seed }));
const executor = localExecutor({ program: { module }, kinds, jobs });
const options = { signal: interrupt.signal };
const outcome = await runGrid(new Grid(cells), await Store.open(path), executor, options);
console.log(JSON.stringify({ done: outcome.done.length, stopped: outcome.stopped }));
