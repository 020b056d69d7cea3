/** @file Runs the grid of work cells of the tests on a store, with as many jobs: `runner.ts STORE JOBS`. */

import { Grid, localExecutor, runGrid, Store } from '../../src/grid/index.ts';
import { local, workCells } from './setup.ts';

const [path, jobs] = process.argv.slice(2);
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const executor = localExecutor(local({ jobs: Number(jobs) }));
const grid = new Grid(workCells());
const outcome = await runGrid(grid, await Store.open(path), executor, { signal: interrupt.signal });
console.log(JSON.stringify({ done: outcome.done.length, stopped: outcome.stopped }));
