/** @file `hypertape demo`: the paper's synthetic experiment, from toy data to a learned attack. */

import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { AttackRecord } from '../../attack/index.ts';
import { exact } from '../../autodiff/index.ts';
import { jsonLines, makeFolder, writeAtomically } from '../../data/index.ts';
import {
  runSynthetic,
  type SyntheticFacts,
  type SyntheticOutcome,
  syntheticReport,
} from '../../eval/index.ts';
import { surrogateKind } from '../../models/index.ts';
import { interruptible } from '../interrupt.ts';
import { type CommonOptions, deviceOf, withCommonOptions } from '../options.ts';
import { Output, tableRow } from '../output.ts';
import { withOutput } from '../output-folder.ts';
import { wholeNumber } from '../values.ts';

type DemoOptions = CommonOptions & { out: string; iterations: number };

/** The command `demo`. */
export const demoCommand = (): Command =>
  withOutput(
    withCommonOptions(
      new Command('demo')
        .description('learn fake users on synthetic data through the whole training of WRMF')
        .option('--iterations <n>', 'updates of the fake users', wholeNumber(1, 1e6), 50),
    ),
    new Option('--out <dir>', 'folder for report.html and history.jsonl').default('runs/demo'),
    ['report.html', 'history.jsonl'],
  ).action(demo);

async function demo(options: DemoOptions): Promise<void> {
  const { seed, iterations, out } = options;
  const output = new Output(options);
  await makeFolder(out);
  const device = await deviceOf(options);
  const progress = output.progress('iterations');
  let widths: number[] = [];
  const outcome = await interruptible(
    () => 'the same command begins anew',
    (signal) =>
      runSynthetic({
        surrogate: surrogateKind('wrmf-sgd'),
        method: exact(),
        iterations,
        seed,
        device,
        signal,
        onStart: (facts) => {
          output.line(introduction(facts));
          widths = header(facts).map((title) => title.length);
          output.line(tableRow(header(facts), widths));
        },
        onIteration: ({ history }, record) => {
          progress.stop();
          output.line(tableRow(cells(record), widths));
          progress.update(history.length, iterations + 1);
        },
      }),
  );
  progress.stop();
  const report = await writeReport(out, outcome);
  const { best, history } = outcome;
  output.line(`\nbest at iteration ${best.iteration}; curves in ${report}`);
  output.result({ device: device.name, seed, report, best: best.iteration, history });
}

const introduction = ({ users, fakes, items, ...f }: SyntheticFacts): string =>
  `${users} real users, ${fakes} fake users, ${items} items; ${f.surrogate} trained by ` +
  `${f.steps} steps;\n${f.iterations} updates of the fake users by hypergradients through the ` +
  `training (estimator ${f.method}), on ${f.device}\n`;

const header = ({ k }: SyntheticFacts): string[] => [
  'iteration',
  'adversarial loss',
  `HR@${k} target`,
  `HR@${k} test`,
  'clicks',
  'seconds',
];

const cells = ({ iteration, loss, figures, clicks, seconds }: AttackRecord): string[] => [
  `${iteration}`,
  loss.toFixed(2),
  figures.targetHitRate.toFixed(3),
  figures.testHitRate.toFixed(3),
  `${clicks}`,
  seconds.toFixed(1),
];

/** Writes the history and the page with its curves; returns the path of the page. */
async function writeReport(folder: string, outcome: SyntheticOutcome): Promise<string> {
  await writeAtomically(join(folder, 'history.jsonl'), jsonLines(outcome.history));
  const report = join(folder, 'report.html');
  await writeAtomically(report, await syntheticReport(outcome));
  return report;
}
