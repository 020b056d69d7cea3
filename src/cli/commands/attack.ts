/** @file `hypertape attack`: learns fake users through a surrogate, or draws a heuristic attack. */

import { Command, Option } from 'commander';
import { averageClicks, budgetOf, randomFiller } from '../../attack/index.ts';
import { random, readDataFolder } from '../../data/index.ts';
import { dataDigest, writeFakes } from '../../eval/index.ts';
import { surrogateNames } from '../../models/index.ts';
import { type AttackOptions, type AttackPlan, learnOrResume } from '../attack-run.ts';
import { namesNote, namesOf, targetsOf } from '../ids.ts';
import {
  checkpoints,
  numberFrom,
  wholeNumber,
  withCommonOptions,
  withModelOptions,
} from '../options.ts';
import { Output } from '../output.ts';
import { expectNumbers } from '../room.ts';
import { RunFolder } from '../run-folder.ts';

/** The command `attack`. */
export const attackCommand = (): Command =>
  withModelOptions(withCommonOptions(withLearningOptions(withBudgetOptions(baseCommand())))).action(
    attack,
  );

const baseCommand = (): Command =>
  new Command('attack')
    .description('learn fake users: fakes.npz, fakes.json, history.jsonl; the same command resumes')
    .requiredOption('--data <dir>', 'data folder')
    .requiredOption('--out <dir>', 'folder of the run');

const withBudgetOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--goal <kind>', 'what to attack for')
        .choices(['promote', 'demote', 'untargeted'])
        .default('promote'),
    )
    .option('--targets <items>', 'head:5, upper-torso:5, … or ids of items such as a,b', 'head:5')
    .option('--inner', 'name users and items by their inner numbers, not by their ids')
    .option('--fakes <budget>', 'fake users, a count or a share of the real users', '1%')
    .option('--fillers <n>', 'random-filler: items beside the targets', wholeNumber(0, 2 ** 24))
    .option(
      '--candidates <n>',
      'items that fake users may click: the targets and the most popular (default: all)',
      wholeNumber(1, 2 ** 31 - 1),
    )
    .option('--k <n>', 'length of the recommendations', wholeNumber(1, 2 ** 24), 50);

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
    .option('--iterations <n>', 'updates of the fake users', wholeNumber(1, 1e6), 30)
    .option('--outer-rate <x>', 'outer learning rate', numberFrom(0), 1)
    .option('--outer-momentum <x>', 'outer momentum', numberFrom(0, 1), 0.95)
    .option('--projection <kind>', 'threshold:0.05 or top:34 clicks', 'threshold:0.05')
    .option('--no-normalize-rows', "keep the length of each fake user's gradient")
    .option('--click-targets', 'fix the clicks on the targets', false)
    .option('--copy-limit <n>', 'start from real users of at most n clicks', wholeNumber(1), 100)
    .option(
      '--block-users <n>',
      'users scored at once for the loss (default: 1024, or as many as have 2^26 scores)',
      wholeNumber(1),
    );

async function attack(options: AttackOptions): Promise<void> {
  const output = new Output(options);
  const data = await readDataFolder(options.data);
  const { inner, seed, out } = options;
  const targets =
    options.goal === 'untargeted' ? [] : targetsOf(options.targets, data, seed, inner);
  const count = budgetOf(options.fakes, data.train.rows);
  const names = targets.map(namesOf(data, 'items', inner).nameOf);
  const plan = { data, targets, names, count };
  const run =
    options.method === 'random-filler'
      ? await fillRandomly(options, plan)
      : await learnOrResume(options, output, plan);
  output.line(`${run.path}: ${count} fake users, ${run.clicks} clicks; ${namesNote(data, inner)}`);
  if (names.length > 0) output.line(`target items ${names.join(', ')}`);
  output.result({ out, fakes: run.path, users: count, targets: names, ...run });
}

async function fillRandomly(options: AttackOptions, { data, targets, names, count }: AttackPlan) {
  const { train } = data;
  const fillers = options.fillers ?? Math.max(0, averageClicks(train) - targets.length);
  const { method, fakes: budget, seed, goal } = options;
  const clicks = targets.length + fillers;
  expectNumbers('random-filler: its clicks', count * clicks, 'lower --fakes or --fillers');
  const generator = random(seed).fork('random filler');
  const fakes = randomFiller({ count, items: train.columns }, targets, fillers, generator);
  const folder = await RunFolder.open(options.out, {
    data: data.name,
    digest: dataDigest(data),
    method,
    targets: names,
    budget,
    fillers,
    seed,
  });
  const path = folder.file('fakes.npz');
  const allowed = { users: count, clicksOfUser: clicks };
  await writeFakes(path, fakes, data, { method, goal, seed, targets, allowed });
  return { path, clicks: fakes.indices.length };
}
