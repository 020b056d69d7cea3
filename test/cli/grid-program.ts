/** @file A command line around the test kinds of test/grid: `run`, `worker` and `cell`. */

import { Command } from 'commander';
import { cellCommand, workerCommand } from '../../src/cli/commands/worker.ts';
import { withGridOptions } from '../../src/cli/grid/options.ts';
import { runCells } from '../../src/cli/grid/run.ts';
import { defineCell, Grid } from '../../src/grid/index.ts';
import { crash, kinds, number, sum, work } from '../grid/kinds.ts';

/** `small`: two numbers, their sum and a crash; `long`: four cells that compute. */
function gridOf(name: string): Grid {
  if (name === 'long') {
    return new Grid([1, 2, 3, 4].map((seed) => defineCell(work, { steps: 3e9, seed })));
  }
  const one = defineCell(number, { value: 1 });
  const two = defineCell(number, { value: 2, ...(name === 'data' && { digest: 'digest of a' }) });
  const three = defineCell(sum, { scale: 1 }, { one, two });
  const fails = defineCell(crash, { how: 'throw' });
  return new Grid(name === 'crash' ? [three, one, two, fails] : [one, two, three]);
}

const run = new Command('run').argument('<grid>').requiredOption('--out <dir>').option('--quiet');
withGridOptions(run.option('--json')).action(async (name, options) => {
  await runCells(gridOf(name), options.out, options, { kinds, data: { 'digest of a': 'a' } });
});

try {
  await new Command('test')
    .addCommand(run)
    .addCommand(workerCommand({ kinds, digestOf: async (folder) => `digest of ${folder}` }))
    .addCommand(cellCommand(kinds))
    .parseAsync();
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
process.exit();
