/** @file `hypertape attack`: makes fake users by any attack. */

import { Command, Option } from 'commander';
import {
  allowanceOf,
  attackKind,
  attackNames,
  budgetFor,
  budgetOf,
  craftFakes,
  type Goal,
} from '../../attack/index.ts';
import { random, readDataFolder } from '../../data/index.ts';
import { dataDigest, writeFakes } from '../../eval/index.ts';
import type { AttackOptions, AttackPlan } from '../attack/plan.ts';
import { withPreset } from '../attack/preset.ts';
import { learnOrResume } from '../attack/run.ts';
import { RunFolder } from '../attack/run-folder.ts';
import { attackSettingsOf, refuseLearning, withAttackSettings } from '../attack/settings.ts';
import { onBoundOf, strataOption } from '../attack/strata.ts';
import { namesNote, namesOf, targetsOf } from '../ids.ts';
import { noteLength } from '../list-length.ts';
import { withModelOptions } from '../model-options.ts';
import { withCommonOptions } from '../options.ts';
import { Output } from '../output.ts';
import { withOutput } from '../output-folder.ts';
import { expectNumbers } from '../room.ts';
import { checkpoints, wholeNumber } from '../values.ts';

/** The command `attack`. */
export const attackCommand = (): Command =>
  withOutput(
    withModelOptions(
      withCommonOptions(withLearningOptions(withAttackSettings(withBudgetOptions(baseCommand())))),
    ),
    new Option('--out <dir>', 'folder of the run').makeOptionMandatory(),
    ['run.json', 'state.npz', 'history.jsonl', 'fakes.npz', 'fakes.json', 'report.html'],
  ).action(attack);

const baseCommand = (): Command =>
  new Command('attack')
    .description(
      'make fake users: fakes.npz, fakes.json; the same command resumes a learned attack',
    )
    .requiredOption('--data <dir>', 'data folder');

const withBudgetOptions = (command: Command): Command =>
  command
    .option('--attack <name>', attackNames.join(', '), 'hypergradient')
    .addOption(
      new Option('--goal <kind>', 'what to attack for')
        .choices(['promote', 'demote', 'untargeted'])
        .default('promote'),
    )
    .option('--targets <items>', 'head:5, upper-torso:5, … or ids of items such as a,b', 'head:5')
    .addOption(strataOption())
    .option('--inner', 'name users and items by their inner numbers, not by their ids')
    .option('--fakes <budget>', 'fake users, a count or a share of the real users', '1%')
    .option(
      '--clicks <budget>',
      'most clicks of a fake user, targets included: a number, genuine (as many as a real user ' +
        'has, drawn anew for each) or free',
      'genuine',
    );

const withLearningOptions = (command: Command): Command =>
  command
    .option('--k <n>', 'length of the recommendations', wholeNumber(1, 2 ** 24), 50)
    .addOption(
      new Option(
        '--checkpoints <n|size>',
        'states of the training to keep at once; others are computed again',
      )
        .argParser(checkpoints)
        .default({ bytes: 1e9 }, '1GB'),
    )
    .option(
      '--block-users <n>',
      'users scored at once for the loss (default: 1024, or as many as have 2^26 scores)',
      wholeNumber(1),
    )
    .option(
      '--attribution',
      'say in the report how far back in training the gradient reaches: costs about an exact ' +
        'gradient (default: with exact, and with truncated where training has at most 100 steps)',
    )
    .option('--no-attribution', 'leave that out');

async function attack(given: AttackOptions, command: Command): Promise<void> {
  const kind = attackKind(given.attack);
  const options = withPreset(given, command);
  const settings = attackSettingsOf(kind, options);
  if (kind.family === 'heuristic') refuseLearning(kind, command);
  const allowance = allowanceOf(options.clicks);
  const output = new Output(options);
  const data = await readDataFolder(options.data);
  const { inner, seed, out } = options;
  const targets =
    options.goal === 'untargeted'
      ? []
      : targetsOf(options.targets, data, seed, inner, onBoundOf(options));
  const goal: Goal =
    options.goal === 'untargeted' ? { kind: options.goal } : { kind: options.goal, targets };
  const count = budgetOf(options.fakes, data.train.rows);
  expectNumbers('fake users', count, 'lower --fakes');
  const lengths = random(seed).fork('profile lengths');
  const budget = budgetFor(data.train, count, allowance, goal, lengths);
  const names = targets.map(namesOf(data, 'items', inner).nameOf);
  const plan = { kind, settings, data, targets, goal, names, count, budget };
  const run =
    kind.family === 'learned'
      ? await learnOrResume(options, output, plan)
      : await draw(options, plan);
  output.line(`${run.path}: ${count} fake users, ${run.clicks} clicks; ${namesNote(data, inner)}`);
  if (names.length > 0) output.line(`target items ${names.join(', ')}`);
  if (kind.family === 'learned') noteLength(output, options.k, data);
  output.result({ out, fakes: run.path, users: count, targets: names, ...run });
}

/** Makes and writes the fake users of a heuristic. */
async function draw({ out, clicks, fakes: words, seed }: AttackOptions, plan: AttackPlan) {
  const { kind, settings, data, targets, goal, names, budget } = plan;
  const all = budget.lengths.reduce((sum, length) => sum + length, 0);
  expectNumbers(`${kind.name}: its clicks`, all, 'lower --fakes or --clicks');
  const digest = dataDigest(data);
  const fakes = await craftFakes(kind, { train: data.train, goal, budget, seed }, settings);
  const folder = await RunFolder.open(out, {
    data: data.name,
    digest,
    attack: kind.name,
    ...settings,
    goal: goal.kind,
    targets: names,
    budget: words,
    clicks,
    seed,
  });
  const path = folder.file('fakes.npz');
  const facts = { attack: kind.name, settings, goal: goal.kind, seed, targets, budget, digest };
  try {
    await writeFakes(path, fakes, data, facts);
  } finally {
    await folder.close();
  }
  return { path, clicks: fakes.indices.length };
}
