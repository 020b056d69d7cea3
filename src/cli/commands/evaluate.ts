/** @file `hypertape evaluate`: trains victims with and without fake users and compares them. */

import { Command } from 'commander';
import { type DataSet, expectTest, readDataFolder } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import {
  type Averages,
  averagesOf,
  changesOf,
  type Estimate,
  evaluateVictim,
  readFakes,
  type StoredFakes,
  seedsOf,
  seedsText,
  type VictimOptions,
  type VictimRun,
  victimSeeds,
} from '../../eval/index.ts';
import { modelKind, victimNames } from '../../models/index.ts';
import { areSameItems, itemsText, targetsOfFakes } from '../fakes-targets.ts';
import { namesNote, namesOf } from '../ids.ts';
import { interruptible } from '../interrupt.ts';
import { noteLength } from '../list-length.ts';
import { type ModelOptions, settingsOf, withModelOptions } from '../model-options.ts';
import { type CommonOptions, deviceOf, withCommonOptions } from '../options.ts';
import { Output } from '../output.ts';
import { expectTraining } from '../room.ts';
import { wholeNumber } from '../values.ts';

type EvaluateOptions = CommonOptions &
  ModelOptions & {
    data: string;
    fakes: string[];
    victims: string;
    seeds: number;
    targets?: string;
    inner?: boolean;
    k: number;
  };

/** The command `evaluate`. */
export const evaluateCommand = (): Command =>
  withModelOptions(
    withCommonOptions(
      new Command('evaluate')
        .description('train victims with and without fake users and compare what they recommend')
        .requiredOption('--data <dir>', 'data folder')
        .requiredOption('--fakes <file...>', 'fake users, SciPy sparse .npz')
        .option(
          '--targets <items>',
          'target items of fake users without a fakes.json beside them: head:5, … or ids',
        )
        .option('--inner', 'name users and items by their inner numbers, not by their ids')
        .option('--victims <models>', 'recommenders to train', victimNames.join(','))
        .option(
          '--seeds <n>',
          'seeds of each victim, from --seed on; those of the attacks are passed over',
          wholeNumber(1, 1000),
          3,
        )
        .option('--k <n>', 'length of the recommendations', wholeNumber(1, 2 ** 24), 50),
    ),
  ).action(evaluateFakes);

/** A victim under one attack, or none, trained from each seed. */
interface Row {
  readonly victim: string;
  /** The file of fake users, or null for no attack. */
  readonly fakes: string | null;
  readonly mean: Averages;
  /** From the same victims without attack, seed by seed; null for those. */
  readonly change: Averages | null;
  readonly runs: readonly VictimRun[];
}

/** Fake users from a file. */
interface Attack extends StoredFakes {
  readonly path: string;
}

async function evaluateFakes(options: EvaluateOptions): Promise<void> {
  const output = new Output(options);
  const victims = options.victims.split(',').map(modelKind);
  const settingsOfVictims = settingsOf(victims, options);
  const data = await readDataFolder(options.data);
  expectTest(data, 'evaluate');
  const attacks: Attack[] = [];
  for (const path of options.fakes) attacks.push({ path, ...(await readFakes(path, data)) });
  const targets = commonTargets(attacks, data, options);
  const most = attacks.reduce((rows, { fakes }) => Math.max(rows, fakes.rows), 0);
  const sizes = { users: data.train.rows + most, items: data.train.columns };
  for (const [i, kind] of victims.entries()) expectTraining(kind, settingsOfVictims[i], sizes);
  const device = await deviceOf(options);
  const { k, inner } = options;
  const taken = [...new Set(attacks.flatMap(({ record }) => (record ? seedsOf(record) : [])))];
  const seeds = victimSeeds(options.seeds, options.seed, taken);
  const rows: Row[] = [];
  await interruptible(
    () => 'nothing was written; the same command begins anew',
    async (signal) => {
      for (const [i, kind] of victims.entries()) {
        const how = { kind, settings: settingsOfVictims[i], targets, k, device, signal };
        rows.push(...(await evaluateKind(output, data, attacks, seeds, how)));
      }
    },
  );
  const names = targets.map(namesOf(data, 'items', inner).nameOf);
  output.line(`target items ${names.join(', ') || 'none'}; ${namesNote(data, inner)}`);
  printRows(output, rows, k);
  noteLength(output, k, data);
  for (const note of notesOf(rows, seeds, taken, k)) output.line(note);
  const facts = { data: data.name, device: device.name, seeds, attackSeeds: taken, k };
  output.result({ ...facts, targets: names, rows });
}

/** One kind of victim, without attack and under each, from every seed. */
async function evaluateKind(
  output: Output,
  data: DataSet,
  attacks: readonly Attack[],
  seeds: readonly number[],
  how: Omit<VictimOptions, 'seed'>,
): Promise<Row[]> {
  const { kind, k } = how;
  const rows: Row[] = [];
  for (const { path, fakes } of [{ path: null, fakes: null }, ...attacks]) {
    const runs: VictimRun[] = [];
    for (const seed of kind.seedless ? seeds.slice(0, 1) : seeds) {
      const label = `${kind.name}, ${path ?? 'no fake users'}${kind.seedless ? '' : `, seed ${seed}`}`;
      const progress = output.progress(`${label}: training steps`);
      const onStep = (done: number, total: number) => progress.update(done, total);
      const run = { seed, ...(await evaluateVictim(data, fakes, { ...how, seed, onStep })) };
      progress.stop();
      const { targetHitRate, recall, trainSeconds, rankSeconds } = run;
      const time = `${(trainSeconds + rankSeconds).toFixed(1)} s`;
      const hits = `TargetHR@${k} ${shown(targetHitRate, 4)}, Recall@${k} ${shown(recall, 4)}`;
      output.line(`${label}: ${hits}, ${time}`);
      runs.push(run);
    }
    const change = path === null ? null : changesOf(rows[0].runs, runs);
    rows.push({ victim: kind.name, fakes: path, mean: averagesOf(runs), change, runs });
  }
  return rows;
}

/** The targets of all attacks. Throws a UserError where there are none, or where they differ. */
function commonTargets(
  attacks: readonly Attack[],
  data: DataSet,
  options: EvaluateOptions,
): number[] {
  const sets = attacks.map((attack) => targetsOfFakes(attack.path, attack, data, options));
  const [first] = sets;
  const differing = sets.findIndex((targets) => !areSameItems(targets, first));
  if (differing < 0) return first;
  const [other, own] = [sets[differing], first].map((items) => itemsText(items, data, options));
  throw new UserError(
    `${attacks[differing].path}: its target items are ${other}, those of ${attacks[0].path} ` +
      `${own}: evaluate them one by one`,
  );
}

const shown = (x: number, digits: number) => (Number.isNaN(x) ? '-' : x.toFixed(digits));

/** A mean and the margin of its interval, if it has one. */
function shownMean({ mean, margin }: Estimate, digits: number, sign = ''): string {
  const text = `${mean >= 0 ? sign : ''}${shown(mean, digits)}`;
  return Number.isNaN(margin) ? text : `${text} ± ${margin.toFixed(digits)}`;
}

function printRows(output: Output, rows: readonly Row[], k: number): void {
  output.table(
    ['victim', 'fake users', `TargetHR@${k}`, 'change', 'target rank', `Recall@${k}`, `HR@${k}`],
    rows.map(({ victim, fakes, mean, change }) => [
      victim,
      fakes ?? 'none',
      shownMean(mean.targetHitRate, 4),
      change ? shownMean(change.targetHitRate, 4, '+') : '',
      shownMean(mean.targetMeanRank, 0),
      shownMean(mean.recall, 4),
      shownMean(mean.hitRate, 4),
    ]),
  );
}

/** What the figures are means of, over whom, and from which seeds. */
function notesOf(
  rows: readonly Row[],
  seeds: readonly number[],
  taken: readonly number[],
  k: number,
): string[] {
  const { users, allUsers } = rows[0].runs[0];
  const whom = `TargetHR@${k} is over the ${users} users with test clicks`;
  const others = users === allUsers ? ', all real users' : `, not over all ${allUsers} real users`;
  const from = `means over victims of ${seedsText(seeds)}`;
  const interval = seeds.length > 1 ? ' ± their 95 % interval (Student)' : '';
  const known = taken.length > 0 ? taken.join(', ') : 'unknown';
  const notes = [`${whom}${others}`, `${from}${interval}; seeds of the attacks: ${known}`];
  const fixed = [...new Set(rows.map(({ victim }) => victim))].filter(
    (name) => modelKind(name).seedless,
  );
  if (fixed.length > 0) notes.push(`${fixed.join(', ')}: the same for every seed`);
  if (users < allUsers && rows.some(({ mean }) => !Number.isNaN(mean.targetHitRateOfAll.mean))) {
    const ofAll = rows.map(({ victim, fakes, mean }) => {
      return `${victim} ${fakes ?? 'none'} ${shownMean(mean.targetHitRateOfAll, 4)}`;
    });
    notes.push(`over all real users: ${ofAll.join('; ')}`);
  }
  return notes;
}
