/** @file `hypertape attack`: learns fake users through a surrogate, or draws a heuristic attack. */

import { basename } from 'node:path';
import { Command, Option } from 'commander';
import {
  type AttackRecord,
  type AttackState,
  averageClicks,
  budgetOf,
  copiedUsers,
  type Goal,
  learnFakes,
  type Measured,
  randomFiller,
  startAttack,
} from '../../attack/index.ts';
import { type Checkpoints, openDevice, type Progress } from '../../autodiff/index.ts';
import {
  type DataSet,
  fromDense,
  random,
  readDataFolder,
  type SparseMatrix,
  toDense,
  writeNpz,
} from '../../data/index.ts';
import { measure, parseTargets } from '../../eval/index.ts';
import { type ScoreUsers, surrogateKind, surrogateNames } from '../../models/index.ts';
import {
  type CommonOptions,
  checkpoints,
  type ModelOptions,
  numberFrom,
  parseMethod,
  parseProjection,
  settingsOf,
  wholeNumber,
  withCommonOptions,
  withModelOptions,
} from '../options.ts';
import { Output } from '../output.ts';
import { RunFolder } from '../run-folder.ts';

type AttackOptions = CommonOptions &
  ModelOptions & {
    data: string;
    out: string;
    surrogate: string;
    method: string;
    checkpoints: Checkpoints;
    goal: Goal['kind'];
    targets: string;
    fakes: string;
    iterations: number;
    outerRate: number;
    outerMomentum: number;
    projection: string;
    normalizeRows: boolean;
    clickTargets: boolean;
    copyLimit: number;
    fillers?: number;
    blockUsers: number;
    k: number;
  };

/** The command `attack`. */
export const attackCommand = (): Command =>
  withModelOptions(withCommonOptions(withLearningOptions(withBudgetOptions(baseCommand())))).action(
    attack,
  );

const baseCommand = (): Command =>
  new Command('attack')
    .description('learn fake users: fakes.npz and history.jsonl; the same command resumes')
    .requiredOption('--data <dir>', 'data folder')
    .requiredOption('--out <dir>', 'folder of the run');

const withBudgetOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--goal <kind>', 'what to attack for')
        .choices(['promote', 'demote', 'untargeted'])
        .default('promote'),
    )
    .option('--targets <items>', 'head:5, upper-torso:5, … or item numbers', 'head:5')
    .option('--fakes <budget>', 'fake users, a count or a share of the real users', '1%')
    .option('--fillers <n>', 'random-filler: items beside the targets', wholeNumber(0))
    .option('--k <n>', 'length of the recommendations', wholeNumber(1), 50);

const withLearningOptions = (command: Command): Command =>
  command
    .option('--surrogate <model>', surrogateNames.join(' or '), 'wrmf-sgd')
    .option(
      '--method <name>',
      'exact, truncated:70 (steps), truncated:10epochs or partial; random-filler learns nothing',
      'truncated:10epochs',
    )
    .addOption(
      new Option(
        '--checkpoints <n|size>',
        'states of the training to keep at once; others are computed again',
      )
        .argParser(checkpoints)
        .default({ bytes: 1e9 }, '1GB'),
    )
    .option('--iterations <n>', 'updates of the fake users', wholeNumber(1), 30)
    .option('--outer-rate <x>', 'outer learning rate', numberFrom(0), 1)
    .option('--outer-momentum <x>', 'outer momentum', numberFrom(0), 0.95)
    .option('--projection <kind>', 'threshold:0.05 or top:34 clicks', 'threshold:0.05')
    .option('--no-normalize-rows', "keep the length of each fake user's gradient")
    .option('--click-targets', 'fix the clicks on the targets', false)
    .option('--copy-limit <n>', 'start from real users of at most n clicks', wholeNumber(1), 100)
    .option('--block-users <n>', 'users scored at once for the loss', wholeNumber(1), 1024);

async function attack(options: AttackOptions): Promise<void> {
  const output = new Output(options);
  const data = await readDataFolder(options.data);
  const targets =
    options.goal === 'untargeted' ? [] : parseTargets(options.targets, data.train, options.seed);
  const count = budgetOf(options.fakes, data.train.rows);
  const budget = { targets, count };
  const run =
    options.method === 'random-filler'
      ? await fillRandomly(options, data.train, budget)
      : await learn(options, output, data, budget);
  output.line(`${run.path}: ${count} fake users, ${run.clicks} clicks`);
  output.result({ out: options.out, fakes: run.path, users: count, targets, ...run });
}

/** What the fake users promote or demote, and how many there are. */
interface Budget {
  readonly targets: readonly number[];
  readonly count: number;
}

async function fillRandomly(
  options: AttackOptions,
  train: SparseMatrix,
  { targets, count }: Budget,
) {
  const fillers = options.fillers ?? Math.max(0, averageClicks(train) - targets.length);
  const { data, method, fakes: budget, seed } = options;
  const configuration = { data: basename(data), method, targets, budget, fillers, seed };
  const folder = await RunFolder.open(options.out, configuration);
  const generator = random(seed).fork('random filler');
  const fakes = randomFiller({ count, items: train.columns }, targets, fillers, generator);
  return writeFakes(folder, fakes);
}

async function writeFakes(folder: RunFolder, fakes: SparseMatrix) {
  const path = folder.file('fakes.npz');
  await writeNpz(path, fakes);
  return { path, clicks: fakes.indices.length };
}

async function learn(options: AttackOptions, output: Output, data: DataSet, budget: Budget) {
  const { train } = data;
  const { seed, k, iterations } = options;
  const { targets, count } = budget;
  const kind = surrogateKind(options.surrogate);
  const [settings] = settingsOf([kind], options);
  const surrogate = kind.differentiable(train, count, settings, seed);
  const method = parseMethod(options.method, surrogate.stepsPerEpoch, options.checkpoints);
  const outer = outerOptions(options);
  const device = await openDevice(options.device, options);
  const folder = await RunFolder.open(options.out, {
    data: basename(options.data),
    surrogate: kind.name,
    settings,
    goal: options.goal,
    targets,
    count,
    // The name leaves the checkpoints out: the gradient does not depend on them.
    method: method.name,
    iterations,
    ...outer,
    copyLimit: options.copyLimit,
    seed,
    k,
    device: device.name,
  });
  const final = await learnFakes(await startOrResume(options, output, folder, train, count), {
    train,
    surrogate,
    goal: goalOf(options, targets),
    method,
    iterations,
    ...outer,
    blockUsers: options.blockUsers,
    device,
    measure: (scores) => measureAttack(options, scores, data, targets),
    onStep: stepProgress(output),
    onIteration: async (state, record) => {
      await folder.save(state);
      output.line(describe(record, iterations));
    },
  });
  const { quality, iteration, fakes } = final.best;
  output.line(`best at iteration ${iteration}`);
  const written = await writeFakes(folder, fromDense(fakes, count, train.columns));
  return { ...written, best: { quality, iteration }, history: final.history };
}

/** How the fake users are updated. */
const outerOptions = (options: AttackOptions) => ({
  learningRate: options.outerRate,
  momentum: options.outerMomentum,
  projection: parseProjection(options.projection),
  normalizeRows: options.normalizeRows,
  clickTargets: options.clickTargets,
});

const goalOf = ({ goal }: AttackOptions, targets: readonly number[]): Goal =>
  goal === 'untargeted' ? { kind: goal } : { kind: goal, targets };

async function startOrResume(
  { copyLimit, seed }: AttackOptions,
  output: Output,
  folder: RunFolder,
  train: SparseMatrix,
  count: number,
): Promise<AttackState> {
  const stored = await folder.load(count * train.columns);
  if (stored) {
    output.line(`going on after iteration ${stored.iteration}`);
    return stored;
  }
  const copies = copiedUsers(train, count, copyLimit, random(seed).fork('copied users'));
  return startAttack(toDense(copies));
}

async function measureAttack(
  { goal, k }: AttackOptions,
  scores: ScoreUsers,
  data: DataSet,
  targets: readonly number[],
): Promise<Measured> {
  const { targetHitRate, targetMeanRank, recall } = await measure(scores, data, { k, targets });
  const quality = { promote: targetHitRate, demote: -targetHitRate, untargeted: -recall }[goal];
  if (targets.length === 0) return { quality, figures: { recall } };
  return { quality, figures: { targetHitRate, targetMeanRank, recall } };
}

function stepProgress(output: Output): Progress {
  const bars = {
    forward: output.progress('training steps'),
    objective: output.progress('blocks of users scored'),
    backward: output.progress('steps differentiated'),
  };
  return (phase, done, total) => {
    bars[phase].update(done, total);
    if (done === total) bars[phase].stop();
  };
}

function describe({ iteration, loss, clicks, seconds, figures }: AttackRecord, last: number) {
  const parts = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  const time = `${seconds.toFixed(1)} s`;
  return `${iteration}/${last}: loss ${loss.toFixed(2)}, ${parts.join(', ')}, ${clicks} clicks, ${time}`;
}
