/** @file `hypertape demo`: the paper's synthetic experiment, from toy data to a learned attack. */

import { join } from 'node:path';
import { Command } from 'commander';
import type { AttackRecord } from '../../attack/index.ts';
import { exact, openDevice } from '../../autodiff/index.ts';
import { jsonLines, makeFolder, writeAtomically } from '../../data/index.ts';
import { runSynthetic, syntheticReport } from '../../eval/index.ts';
import { surrogateKind } from '../../models/index.ts';
import { type CommonOptions, wholeNumber, withCommonOptions } from '../options.ts';
import { Output, tableRow } from '../output.ts';

type DemoOptions = CommonOptions & { out: string; iterations: number };

export const demoCommand = (): Command =>
  withCommonOptions(
    new Command('demo')
      .description('learn fake users on synthetic data through the whole training of WRMF')
      .option('--iterations <n>', 'updates of the fake users', wholeNumber(1), 50)
      .option('--out <dir>', 'folder for report.html and history.jsonl', 'runs/demo'),
  ).action(demo);

const header = ['iteration', 'adversarial loss', 'HR@10 target', 'HR@10 test', 'clicks', 'seconds'];

const cells = ({ iteration, loss, figures, clicks, seconds }: AttackRecord): string[] => [
  `${iteration}`,
  loss.toFixed(2),
  figures.targetHitRate.toFixed(3),
  figures.testHitRate.toFixed(3),
  `${clicks}`,
  seconds.toFixed(1),
];

async function demo(options: DemoOptions): Promise<void> {
  const { seed, iterations, out } = options;
  const output = new Output(options);
  await makeFolder(out);
  const device = await openDevice(options.device, options);
  output.line(
    `900 real users, 100 fake users, 300 items; WRMF trained by 100 steps of Adam;\n` +
      `exact hypergradients through all of them, ${iterations} times, on ${device.name}\n`,
  );
  const widths = header.map((title) => title.length);
  output.line(tableRow(header, widths));
  const progress = output.progress('iterations');
  const { history, best } = await runSynthetic({
    surrogate: surrogateKind('wrmf-sgd'),
    method: exact(),
    iterations,
    seed,
    device,
    onIteration: ({ history: sofar }, record) => {
      progress.stop();
      output.line(tableRow(cells(record), widths));
      progress.update(sofar.length, iterations + 1);
    },
  });
  progress.stop();
  await writeAtomically(join(out, 'history.jsonl'), jsonLines(history));
  const report = join(out, 'report.html');
  const page = await syntheticReport(history, { device: device.name, seed });
  await writeAtomically(report, page);
  output.line(`\nbest at iteration ${best.iteration}; curves in ${report}`);
  output.result({ device: device.name, seed, report, best: best.iteration, history });
}
