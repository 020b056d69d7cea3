/** @file `hypertape reproduce`: runs experiments on a grid and writes their report. */

import { join } from 'node:path';
import { Command } from 'commander';
import { makeFolder, readDataFolder, writeAtomically, writeDataFolder } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import {
  cellKinds,
  cellsOf,
  type Experiment,
  experimentsNamed,
  experimentsReport,
  quickData,
  type ReportPart,
  readResults,
  type StudyData,
  studyData,
} from '../../eval/index.ts';
import { Grid, Store } from '../../grid/index.ts';
import { type GridOptions, runCells, withGridOptions } from '../grid.ts';
import { wholeNumber } from '../options.ts';
import { Output } from '../output.ts';

interface ReproduceOptions extends GridOptions {
  readonly quick?: boolean;
  readonly seeds?: number;
  readonly data?: string;
  readonly results?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** The command `reproduce`. */
export const reproduceCommand = (): Command =>
  withGridOptions(
    new Command('reproduce')
      .description('run experiments of the paper on a grid, resumable, and write report.html')
      .argument(
        '<names...>',
        `${experimentsNamed(['all'])
          .map(({ name }) => name)
          .join(', ')}; or all`,
      )
      .option('--quick', 'every part, small enough for five minutes in all')
      .option('--seeds <n>', "repetitions (default: as many as the paper's)", wholeNumber(1, 1000))
      .option('--data <dir>', 'data folder for the experiments on data'),
  )
    .option('--results <dir>', 'store of cells (default: results, quick runs/quick)')
    .option('--out <dir>', 'folder for report.html')
    .option('--json', 'print one JSON object on the last line of stdout, all else on stderr')
    .option('--quiet', 'print no progress and no table')
    .action(reproduce);

/** The data that experiments are made on, with the folder that they are read from. */
interface StudyFolder {
  readonly folder: string;
  readonly data: StudyData;
}

/** The data of `--data`; quick, those that are made for it. Null where none is needed. */
async function dataFor(
  experiments: readonly Experiment[],
  { data, quick }: ReproduceOptions,
  results: string,
): Promise<StudyFolder | null> {
  const first = experiments.find(({ onData }) => onData);
  if (!first) return null;
  if (data !== undefined) return { folder: data, data: studyData(await readDataFolder(data)) };
  if (!quick) {
    throw new UserError(
      `${first.name} is made on data: give --data DIR, a folder made by data prepare`,
    );
  }
  const folder = join(results, 'work', 'quick-data');
  const made = quickData();
  await writeDataFolder(folder, made, { source: 'made by reproduce --quick' });
  return { folder, data: studyData(made) };
}

async function reproduce(names: string[], options: ReproduceOptions): Promise<void> {
  const { quick = false, out } = options;
  const experiments = experimentsNamed(names);
  const results = options.results ?? (quick ? join('runs', 'quick') : 'results');
  const study = await dataFor(experiments, options, results);
  const parts = experiments.map((experiment): ReportPart => {
    const seeds = options.seeds ?? (quick ? 1 : experiment.seeds);
    return { experiment, scope: { seeds: numbers(seeds), quick, data: study?.data ?? null } };
  });
  const grid = new Grid(cellsOf(parts));
  const data = study ? { [study.data.digest]: study.folder } : {};
  const outcome = await runCells(grid, results, options, { kinds: cellKinds, data });
  if (outcome && out !== undefined) await writeReport(parts, grid, results, options, out);
}

/** 1 to `count`. */
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

async function writeReport(
  parts: readonly ReportPart[],
  grid: Grid,
  results: string,
  options: ReproduceOptions,
  out: string,
): Promise<void> {
  const { quick, seeds, data } = options;
  const words = [quick && '--quick', seeds && `--seeds ${seeds}`, data && '--data DIR'];
  const found = await readResults(await Store.open(results), grid.cells);
  await makeFolder(out);
  const path = join(out, 'report.html');
  await writeAtomically(
    path,
    await experimentsReport(parts, found, words.filter(Boolean).join(' ')),
  );
  new Output(options).line(`report in ${path}`);
}
