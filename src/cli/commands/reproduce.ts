/** @file `hypertape reproduce`: runs experiments on a grid and writes their report. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { makeFolder, readDataFolder, writeAtomically } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import {
  attacksOnGowalla,
  attacksPublished,
  cellKinds,
  cellsOf,
  type Experiment,
  experimentsNamed,
  experimentsReport,
  type PublishedAttacks,
  paperData,
  quickData,
  type ReportPart,
  readResults,
  type StudyData,
  studyData,
} from '../../eval/index.ts';
import { Grid, Store } from '../../grid/index.ts';
import { type GridOptions, withGridOptions } from '../grid/options.ts';
import { outcomeOf } from '../grid/outcome.ts';
import { runCells } from '../grid/run.ts';
import { Output, type OutputOptions } from '../output.ts';
import { expectWritable, withOutput } from '../output-folder.ts';
import { quickFolder } from '../quick-folder.ts';
import { wholeNumber } from '../values.ts';

interface ReproduceOptions extends GridOptions, OutputOptions {
  readonly quick?: boolean;
  readonly seeds?: number;
  readonly data?: string;
  readonly published?: string;
  readonly report?: boolean;
  readonly results?: string;
  readonly out?: string;
}

/** The command `reproduce`. */
export const reproduceCommand = (): Command =>
  withOutput(
    withGridOptions(baseCommand()),
    new Option('--out <dir>', 'folder for report.html'),
    ['report.html'],
    ['cells'],
  )
    .option('--results <dir>', 'store of cells (default: results, quick runs/quick)')
    .option('--json', 'print one JSON object on the last line of stdout, all else on stderr')
    .option('--quiet', 'print no progress and no table')
    .action(reproduce);

const baseCommand = (): Command =>
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
    .option('--data <dir>', 'data folder for the experiments on data')
    .option('--published <dir>', 'data folder with files of attacks on it, for detection')
    .addOption(
      new Option(
        '--report',
        'compute nothing: write the report of the results that there are',
      ).conflicts(['list', 'cell', 'retry', 'redo', 'queue']),
    );

/** The store of cells where none is named. */
const defaultStore = ({ quick }: ReproduceOptions): string =>
  quick ? join('runs', 'quick') : 'results';

/** The scope's data, and the folder of each digest. */
interface Study {
  readonly data: StudyData | null;
  readonly published?: PublishedAttacks;
  readonly folders: { readonly [digest: string]: string };
}

/**
 * What experiments are made on: the data of `--data` and the attacks of `--published`; quick, data
 * that are made for it; for a report alone, what the results in this repository are of.
 */
async function studyOf(
  experiments: readonly Experiment[],
  { data: folder, published: attacks, quick, report, list }: ReproduceOptions,
  results: string,
): Promise<Study> {
  const published = attacks === undefined ? undefined : await attacksPublished(attacks);
  const folders = published && attacks !== undefined ? { [published.data]: attacks } : {};
  const first = experiments.find(({ onData }) => onData);
  if (!first) return { data: null, published, folders };
  if (folder !== undefined) {
    const data = studyData(await readDataFolder(folder));
    // A folder of attacks has the data, too, where both are the same.
    return { data, published, folders: { [data.digest]: folder, ...folders } };
  }
  if (report && !quick) {
    return { data: paperData, published: published ?? attacksOnGowalla, folders };
  }
  if (!quick) {
    throw new UserError(
      `${first.name} is made on data: give --data DIR, a folder made by data prepare`,
    );
  }
  const made = quickData();
  const data = studyData(made);
  if (report || list) return { data, published, folders };
  return {
    data,
    published,
    folders: { [data.digest]: await quickFolder(results, made), ...folders },
  };
}

async function reproduce(names: string[], options: ReproduceOptions): Promise<void> {
  const { quick = false, report = false, out } = options;
  if (report && out === undefined) throw new UserError('--report writes a report: give --out DIR');
  const experiments = experimentsNamed(names);
  const results = options.results ?? defaultStore(options);
  if (report) expectStore(results);
  else await expectWritable(results, [], ['cells']);
  const { data, published, folders } = await studyOf(experiments, options, results);
  const parts = experiments.map((experiment): ReportPart => {
    const count = options.seeds ?? (quick ? 1 : experiment.seeds);
    return { experiment, scope: { seeds: numbers(count), quick, data, published } };
  });
  const grid = new Grid(cellsOf(parts));
  const setup = { kinds: cellKinds, data: folders };
  const outcome = report ? undefined : await runCells(grid, results, options, setup);
  if (outcome === null) return;
  const written =
    out === undefined ? undefined : await writeReport(parts, grid, results, options, out);
  if (outcome && written === undefined) {
    new Output(options).line(
      `results in ${results}: --report --out DIR writes their report without computing`,
    );
  }
  new Output(options).result({ ...(outcome && outcomeOf(outcome)), results, report: written });
}

/** Throws a UserError where a report has nothing to be of. */
function expectStore(results: string): void {
  const cells = join(results, 'cells');
  if (existsSync(cells) && readdirSync(cells).length > 0) return;
  throw new UserError(
    `${results} holds no results: run the experiments first, or name the store that does (--results)`,
  );
}

/** 1 to `count`. */
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

async function writeReport(
  parts: readonly ReportPart[],
  grid: Grid,
  results: string,
  options: ReproduceOptions,
  out: string,
): Promise<string> {
  const found = await readResults(await Store.open(results), grid.cells);
  await makeFolder(out);
  const path = join(out, 'report.html');
  const asked = { results: results !== defaultStore(options), data: options.data !== undefined };
  await writeAtomically(path, await experimentsReport(parts, found, asked));
  const done = grid.cells.filter((cell) => found.record(cell) !== null).length;
  new Output(options).line(`report in ${path}, of ${done} of ${grid.cells.length} cells`);
  return path;
}
