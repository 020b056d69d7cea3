/** @file `hypertape detect`: how well detectors tell fake users in files from genuine ones. */

import { join } from 'node:path';
import { Command, Option } from 'commander';
import { Turns } from '../../autodiff/index.ts';
import { writeTogether } from '../../data/files.ts';
import { type DataSet, readDataFolder, stackRows } from '../../data/index.ts';
import {
  type Detector,
  detector,
  detectorNames,
  detectors,
  features,
} from '../../defence/index.ts';
import { UserError } from '../../errors.ts';
import {
  type AttackFile,
  detectionReport,
  evaluateDetectors,
  type FeatureColumn,
  readAttackFile,
  rocAuc,
} from '../../eval/index.ts';
import { makeFolder } from '../../files.ts';
import {
  printFeatures,
  printResults,
  resultOf,
  sayWhatIsShared,
  sayWhatWasRead,
  scoreLines,
} from '../detect/output.ts';
import { areSameItems } from '../fakes-targets.ts';
import { targetsOf } from '../ids.ts';
import { interruptible } from '../interrupt.ts';
import { type CommonOptions, deviceOf, withCommonOptions } from '../options.ts';
import { Output } from '../output.ts';
import { withOutput } from '../output-folder.ts';
import { share, wholeNumber } from '../values.ts';

type DetectOptions = CommonOptions & {
  data: string;
  fakes: string[];
  detectors?: string;
  targets?: string;
  labels?: boolean;
  falseAlarms: number;
  resamples: number;
  inner?: boolean;
  out: string;
};

/** The command `detect`. */
export const detectCommand = (): Command =>
  withOutput(
    withCommonOptions(detectOptions()),
    new Option('--out <dir>', 'folder for scores.csv and report.html').default('runs/detect'),
    ['scores.csv', 'report.html'],
  ).action(detect);

const detectOptions = (): Command =>
  new Command('detect')
    .description('tell fake users from genuine ones, and say how well that goes')
    .requiredOption('--data <dir>', 'data folder of the genuine users; it needs no test clicks')
    .requiredOption('--fakes <file...>', 'fake users in any format, a file for each attack')
    .option('--detectors <names>', `some of ${detectorNames.join(',')} (default: all that fit)`)
    .option('--targets <items>', 'target items of files that do not name them: head:5, … or ids')
    .option('--labels', 'judge also the common way, by labels of the attack itself, which leaks')
    .option('--false-alarms <share>', 'genuine users that a threshold may flag', share, 0.01)
    .option('--resamples <n>', 'samples of the bootstrap', wholeNumber(10, 1e5), 500)
    .option('--inner', 'name users and items by their inner numbers, not by their ids');

async function detect(options: DetectOptions): Promise<void> {
  const output = new Output(options);
  const chosen = options.detectors?.split(',').map(detector);
  const data = await readDataFolder(options.data, { testMayLack: true });
  const attacks = await readAttacks(data, options);
  expectFitting(chosen, attacks);
  await makeFolder(options.out);
  await interruptible(
    () => 'nothing was written; the same command begins anew',
    (signal) => judgeAll(output, data, attacks, chosen ?? detectors, { ...options, signal }),
  );
}

async function judgeAll(
  output: Output,
  data: DataSet,
  attacks: readonly AttackFile[],
  chosen: readonly Detector[],
  options: DetectOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const { train } = data;
  const { seed, falseAlarms, resamples, labels: leaky = false, signal, out } = options;
  sayWhatWasRead(output, data, attacks, options);
  if (chosen.some(({ needs }) => needs === 'examples')) sayWhatIsShared(output, attacks);
  const columns = await featureColumns(output, data, attacks, signal);
  printFeatures(output, attacks, columns);
  const device = chosen.some(({ needs }) => needs === 'targets')
    ? await deviceOf(options)
    : undefined;
  const progress = output.progress('detectors');
  const detection = await evaluateDetectors(train, attacks, {
    detectors: chosen,
    seed,
    falseAlarms,
    resamples,
    leaky,
    device,
    signal,
    onProgress: progress.update,
  });
  progress.stop();
  printResults(output, detection, falseAlarms);
  const report = {
    data: data.name,
    train,
    attacks,
    features: columns,
    detection,
    falseAlarms,
    seed,
  };
  await writeTogether([
    {
      path: join(out, 'scores.csv'),
      contents: scoreLines(data, attacks, columns, detection, options.inner),
    },
    { path: join(out, 'report.html'), contents: await detectionReport(report) },
  ]);
  output.line(
    `scores of all users in ${join(out, 'scores.csv')}, report in ${join(out, 'report.html')}`,
  );
  output.result(resultOf(data, attacks, columns, detection, options));
}

/** The attacks in the files. Files of one name go by their methods, or by their paths. */
async function readAttacks(
  data: DataSet,
  { fakes: paths, targets: words, seed, inner }: DetectOptions,
): Promise<AttackFile[]> {
  const twice = paths.find((path, i) => paths.indexOf(path) < i);
  if (twice !== undefined)
    throw new UserError(`--fakes: ${twice} comes twice: name each file once`);
  const given = words === undefined ? undefined : targetsOf(words, data, seed, inner);
  const attacks: AttackFile[] = [];
  for (const path of paths) attacks.push(await readAttackFile(path, data));
  const isOwn = ({ targets }: AttackFile) => targets !== undefined;
  if (given && attacks.every(isOwn)) {
    const other = attacks.find(({ targets = [] }) => !areSameItems(targets, given));
    if (other)
      throw new UserError(`${other.path}: it names other target items: leave --targets out`);
  }
  const isOnly = (key: 'name' | 'method', { [key]: own }: AttackFile) =>
    attacks.filter((attack) => attack[key] === own).length === 1;
  const named = attacks.map((attack) => {
    const { name, method, path } = attack;
    const isNamed = isOnly('name', attack);
    return {
      ...attack,
      targets: attack.targets ?? given,
      name: isNamed ? name : isOnly('method', attack) ? method : path,
      // Two files called fakes.npz without a record are not of one method for that.
      method: !isNamed && method === name ? path : method,
    };
  });
  // The method of one file may be the name of another.
  const isTwice = ({ name }: AttackFile) => named.filter((one) => one.name === name).length > 1;
  return named.map((attack) => (isTwice(attack) ? { ...attack, name: attack.path } : attack));
}

/** Throws a UserError for a detector that was asked for and can judge none of the attacks. */
function expectFitting(
  chosen: readonly Detector[] | undefined,
  attacks: readonly AttackFile[],
): void {
  const methods = new Set(attacks.map(({ method }) => method));
  for (const { name, needs } of chosen ?? []) {
    if (needs === 'examples' && methods.size < 2) {
      throw new UserError(
        `${name} learns from labels of another attack: give --fakes of two methods or more`,
      );
    }
    if (needs === 'targets' && attacks.every(({ targets }) => !targets?.length)) {
      throw new UserError(`${name} must be told the target items: give --targets`);
    }
  }
}

async function featureColumns(
  output: Output,
  { train }: DataSet,
  attacks: readonly AttackFile[],
  signal: AbortSignal,
): Promise<FeatureColumn[]> {
  const turns = new Turns(signal);
  const columns: FeatureColumn[] = [];
  const progress = output.progress('features');
  for (const [i, { name, fakes }] of attacks.entries()) {
    const clicks = stackRows(train, fakes);
    const fake = new Uint8Array(clicks.rows).fill(1, train.rows);
    for (const [j, feature] of features.entries()) {
      progress.update(i * features.length + j, attacks.length * features.length);
      const values = await feature.values(clicks, signal);
      const area = rocAuc({ scores: values, fake });
      columns.push({ attack: name, feature: feature.name, values, rocAuc: area });
      await turns.pass();
    }
  }
  progress.stop();
  return columns;
}
