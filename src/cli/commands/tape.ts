/** @file `hypertape tape`: the tape of a training step, as text, as a picture, or as data. */

import { extname } from 'node:path';
import { Command, Option } from 'commander';
import { showTape, type Tape } from '../../autodiff/index.ts';
import { readDataFolder, type SparseMatrix, synthetic, writeAtomically } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import { modelKind, modelNames, type TapeOrder, tapeOfStep } from '../../models/index.ts';
import { layoutTape, tapeSvg } from '../../picture/index.ts';
import { type ModelOptions, settingsOf, withModelOptions } from '../model-options.ts';
import { type ReportOptions, withReportOptions } from '../options.ts';
import { Output } from '../output.ts';
import { withOutput } from '../output-folder.ts';
import { wholeNumber } from '../values.ts';

type TapeOptions = ReportOptions &
  ModelOptions & { order: '0' | '1' | '2'; data?: string; fakes?: number; out?: string };

/** What `--out` writes, by the ending of the file. */
const formats: { readonly [ending: string]: (tape: Tape, title: string) => string } = {
  '.svg': (tape, title) => tapeSvg(layoutTape(tape), title),
  '.txt': (tape) => `${showTape(tape)}\n`,
  '.json': (tape) => `${JSON.stringify(tape)}\n`,
};

const about = [
  'forward pass of a training step',
  'training step',
  'way back through a training step',
];

/** The command `tape`. */
export const tapeCommand = (): Command =>
  withOutput(
    withModelOptions(withReportOptions(tapeOptions())),
    new Option('--out <file>', 'write a picture (.svg), the text (.txt) or the data (.json)'),
    'the file',
  ).action(tape);

const tapeOptions = (): Command =>
  new Command('tape')
    .description('show the tape of a training step: its operations, derivatives and kernels')
    .argument('<model>', modelNames.join(', '))
    .addOption(
      new Option(
        '--order <n>',
        '0: the forward pass; 1: with its gradient and the update; 2: the way back through that',
      )
        .choices(['0', '1', '2'])
        .default('1'),
    )
    .option('--data <dir>', 'data folder (default: the synthetic data of data synthetic)')
    .option(
      '--fakes <n>',
      'fake users that train beside the real ones, in models that take them (default: 0)',
      wholeNumber(0, 1e5),
    );

async function tape(name: string, options: TapeOptions): Promise<void> {
  const output = new Output(options);
  const kind = modelKind(name);
  const [settings] = settingsOf([kind], options);
  const write = options.out === undefined ? undefined : formatOf(options.out);
  if (!kind.trainingStep) throw new UserError(`model ${name} is not trained: it has no tape`);
  if (options.fakes !== undefined && !kind.differentiable) {
    throw new UserError(`--fakes: ${name} takes no fake users as tensors: leave it out`);
  }
  const clicks = await clicksOf(options);
  const step = kind.trainingStep(clicks, settings, options.seed, options.fakes);
  const made = tapeOfStep(step, Number(options.order) as TapeOrder);
  const sizes = `${clicks.rows} users, ${clicks.columns} items`;
  const title = `${about[Number(options.order)]} of ${name}, ${sizes}`;
  if (!write || !options.out) output.line(showTape(made));
  else await writeAtomically(options.out, write(made, title));
  const operations = made.nodes.filter(({ family }) => family !== 'input').length;
  const kernels = made.kernels.length;
  if (options.out) {
    output.line(`${options.out}: ${title}, ${operations} operations in ${kernels} kernels`);
  }
  output.result({
    model: name,
    order: Number(options.order),
    operations,
    kernels,
    file: options.out,
  });
}

function formatOf(path: string) {
  const format = formats[extname(path).toLowerCase()];
  if (format) return format;
  throw new UserError(`--out ${path}: expected a file that ends in .svg, .txt or .json`);
}

async function clicksOf({ data, seed }: TapeOptions): Promise<SparseMatrix> {
  return data === undefined ? synthetic({ seed }).data.train : (await readDataFolder(data)).train;
}
