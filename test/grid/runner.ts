/** @file Runs the work cells of the tests: `runner.ts STORE JOBS CELLS STEPS`, ended by SIGINT. */

import { Grid, localExecutor, runGrid, Store } from '../../src/grid/index.ts';
import { local, workCells } from './setup.ts';

const [path, jobs, cells, steps] = process.argv.slice(2);
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const executor = localExecutor(local({ jobs: Number(jobs) }));
const grid = new Grid(workCells(Number(cells), Number(steps)));
const outcome = await runGrid(grid, await Store.open(path), executor, { signal: interrupt.signal });
console.log(JSON.stringify({ done: outcome.done.length, stopped: outcome.stopped }));
