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
  randomFiller,
  startAttack,
} from '../../attack/index.ts';
import { type Checkpoints, openDevice } from '../../autodiff/index.ts';
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
import { surrogateKind, surrogateNames } from '../../models/index.ts';
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

export const attackCommand = (): Command =>
  withModelOptions(
    withCommonOptions(
      new Command('attack')
        .description('learn fake users: fakes.npz and history.jsonl; the same command resumes')
        .requiredOption('--data <dir>', 'data folder')
        .requiredOption('--out <dir>', 'folder of the run')
        .option('--surrogate <model>', surrogateNames.join(' or '), 'wrmf-sgd')
        .option(
          '--method <name>',
          'exact, truncated:70 (steps), truncated:10epochs, partial; or random-filler, which ' +
            'learns nothing',
          'truncated:10epochs',
        )
        .addOption(
          new Option(
            '--checkpoints <n|size>',
            'states of training held at once; the others are computed again',
          )
            .argParser(checkpoints)
            .default({ bytes: 1e9 }, '1GB'),
        )
        .addOption(
          new Option('--goal <kind>', 'what to attack for')
            .choices(['promote', 'demote', 'untargeted'])
            .default('promote'),
        )
        .option('--targets <items>', 'head:5, upper-torso:5, … or item numbers', 'head:5')
        .option('--fakes <budget>', 'fake users, a count or a share of the real users', '1%')
        .option('--iterations <n>', 'updates of the fake users', wholeNumber(1), 30)
        .option('--outer-rate <x>', 'outer learning rate', numberFrom(0), 1)
        .option('--outer-momentum <x>', 'outer momentum', numberFrom(0), 0.95)
        .option('--projection <kind>', 'threshold:0.05 or top:34 clicks', 'threshold:0.05')
        .option('--no-normalize-rows', "keep the length of each fake user's gradient")
        .option('--click-targets', 'fix the clicks on the targets', false)
        .option(
          '--copy-limit <n>',
          'start from real users of at most n clicks',
          wholeNumber(1),
          100,
        )
        .option('--fillers <n>', 'random-filler: items beside the targets', wholeNumber(0))
        .option('--block-users <n>', 'users scored at once for the loss', wholeNumber(1), 1024)
        .option('--k <n>', 'length of the recommendations', wholeNumber(1), 50),
    ),
  ).action(attack);

async function attack(options: AttackOptions): Promise<void> {
  const output = new Output(options);
  const data = await readDataFolder(options.data);
  const { train } = data;
  const targets =
    options.goal === 'untargeted' ? [] : parseTargets(options.targets, train, options.seed);
  const count = budgetOf(options.fakes, train.rows);
  const heuristic = options.method === 'random-filler';
  const run = heuristic
    ? await fillRandomly(options, train, targets, count)
    : await learn(options, output, data, targets, count);
  output.line(`${run.path}: ${count} fake users, ${run.clicks} clicks`);
  output.result({ out: options.out, fakes: run.path, users: count, targets, ...run });
}

async function fillRandomly(
  options: AttackOptions,
  train: SparseMatrix,
  targets: readonly number[],
  count: number,
) {
  const fillers = options.fillers ?? Math.max(0, averageClicks(train) - targets.length);
  const { data: from, method, fakes: budget, seed } = options;
  const configuration = { data: basename(from), method, targets, budget, fillers, seed };
  const folder = await RunFolder.open(options.out, configuration);
  const generator = random(seed).fork('random filler');
  const fakes = randomFiller({ count, items: train.columns }, targets, fillers, generator);
  const path = folder.file('fakes.npz');
  await writeNpz(path, fakes);
  return { path, clicks: fakes.indices.length };
}

async function learn(
  options: AttackOptions,
  output: Output,
  data: DataSet,
  targets: number[],
  count: number,
) {
  const { train } = data;
  const { seed, k, goal, iterations } = options;
  const kind = surrogateKind(options.surrogate);
  const [settings] = settingsOf([kind], options);
  const surrogate = kind.differentiable(train, count, settings, seed);
  const method = parseMethod(options.method, surrogate.stepsPerEpoch, options.checkpoints);
  const projection = parseProjection(options.projection);
  const { outerRate: learningRate, outerMomentum: momentum } = options;
  const { normalizeRows, clickTargets, copyLimit, blockUsers } = options;
  const device = await openDevice(options.device, options);
  const outer = { learningRate, momentum, projection, normalizeRows, clickTargets };
  const folder = await RunFolder.open(options.out, {
    ...{ data: basename(options.data), surrogate: kind.name, settings, goal, targets, count },
    // The gradient does not depend on the checkpoints: a run may go on with others.
    method: { ...method, checkpoints: undefined },
    ...{ iterations, ...outer, copyLimit, seed, k, device: device.name },
  });
  const copies = copiedUsers(train, count, copyLimit, random(seed).fork('copied users'));
  const state = (await folder.load()) ?? startAttack(toDense(copies));
  if (state.history.length > 0) output.line(`going on after iteration ${state.iteration}`);
  const bars = {
    forward: output.progress('training steps'),
    objective: output.progress('blocks of users scored'),
    backward: output.progress('steps differentiated'),
  };
  const final = await learnFakes(state, {
    ...{ train, surrogate, method, iterations, ...outer, blockUsers, device },
    goal: goal === 'untargeted' ? { kind: goal } : { kind: goal, targets },
    measure: async (scores) => {
      const m = await measure(scores, data, { k, targets });
      const { targetHitRate, targetMeanRank, recall } = m;
      const quality = { promote: targetHitRate, demote: -targetHitRate, untargeted: -recall };
      const ofTargets: Record<string, number> =
        targets.length > 0 ? { targetHitRate, targetMeanRank } : {};
      const figures = { ...ofTargets, recall };
      return { quality: quality[goal], figures };
    },
    onStep: (phase, done, total) => {
      bars[phase].update(done, total);
      if (done === total) bars[phase].stop();
    },
    onIteration: async (at, record) => {
      await folder.save(at);
      output.line(describe(record, iterations));
    },
  });
  const fakes = bestFakes(final, count, train.columns);
  const path = folder.file('fakes.npz');
  await writeNpz(path, fakes);
  const { quality, iteration } = final.best;
  output.line(`best at iteration ${iteration}`);
  return {
    path,
    clicks: fakes.indices.length,
    best: { quality, iteration },
    history: final.history,
  };
}

const bestFakes = ({ best }: AttackState, count: number, items: number): SparseMatrix =>
  fromDense(best.fakes, count, items);

function describe({ iteration, loss, clicks, seconds, figures }: AttackRecord, last: number) {
  const parts = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  const time = `${seconds.toFixed(1)} s`;
  return `${iteration}/${last}: loss ${loss.toFixed(2)}, ${parts.join(', ')}, ${clicks} clicks, ${time}`;
}
