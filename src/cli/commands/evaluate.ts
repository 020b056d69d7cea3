/** @file `hypertape evaluate`: trains victims with and without fake users and compares them. */

import { Command } from 'commander';
import { type DataSet, expectTest, readDataFolder } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import {
  evaluateVictim,
  readFakes,
  type StoredFakes,
  type VictimResult,
} from '../../eval/index.ts';
import { modelKind, modelNames } from '../../models/index.ts';
import { type Name, namesNote, namesOf, targetsOf } from '../ids.ts';
import { interruptible } from '../interrupt.ts';
import {
  type CommonOptions,
  deviceOf,
  type ModelOptions,
  settingsOf,
  wholeNumber,
  withCommonOptions,
  withModelOptions,
} from '../options.ts';
import { Output } from '../output.ts';
import { expectTraining } from '../room.ts';

type EvaluateOptions = CommonOptions &
  ModelOptions & {
    data: string;
    fakes: string[];
    victims: string;
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
        .option('--victims <models>', 'recommenders to train', modelNames.join(','))
        .option('--k <n>', 'length of the recommendations', wholeNumber(1, 2 ** 24), 50),
    ),
  ).action(evaluateFakes);

interface Row extends VictimResult {
  readonly victim: string;
  /** The file of fake users, or null for no attack. */
  readonly fakes: string | null;
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
  const { seed, k, inner } = options;
  const rows: Row[] = [];
  await interruptible(
    () => 'nothing was written; the same command begins anew',
    async (signal) => {
      for (const [i, kind] of victims.entries()) {
        const victim = kind.name;
        const settings = settingsOfVictims[i];
        for (const { path, fakes } of [{ path: null, fakes: null }, ...attacks]) {
          const label = `training ${victim}${path ? ` with ${path}` : ''}, steps`;
          const progress = output.progress(label);
          const result = await evaluateVictim(data, fakes, {
            kind,
            settings,
            targets,
            seed,
            k,
            device,
            signal,
            onStep: (done, total) => progress.update(done, total),
          });
          progress.stop();
          rows.push({ victim, fakes: path, ...result });
        }
      }
    },
  );
  const names = targets.map(namesOf(data, 'items', inner).nameOf);
  printRows(output, rows, k, names, namesNote(data, inner));
  output.result({ data: data.name, device: device.name, seed, k, targets: names, rows });
}

/**
 * The targets of all attacks, which their records have; those that are given for foreign fake
 * users. Throws a UserError where there are none or they contradict one another.
 */
function commonTargets(
  attacks: readonly Attack[],
  data: DataSet,
  { targets: words, seed, inner }: EvaluateOptions,
): number[] {
  const given = words === undefined ? undefined : targetsOf(words, data, seed, inner);
  const sets = attacks.map(({ path, record }) => {
    const targets = record?.targets.map(({ item }) => item) ?? given;
    if (targets) return { path, targets };
    throw new UserError(
      `${path}: there is no fakes.json beside it that names its target items: give --targets`,
    );
  });
  const nameOf = namesOf(data, 'items', inner).nameOf;
  const shown = (items: readonly number[]) => items.map(nameOf).join(', ') || 'none';
  const key = (items: readonly number[]) => [...items].sort((a, b) => a - b).join();
  const [first] = sets;
  for (const { path, targets } of sets) {
    if (given && key(given) !== key(targets)) {
      throw new UserError(
        `${path}: its target items are ${shown(targets)}, not ${shown(given)}: leave --targets out`,
      );
    }
    if (key(targets) === key(first.targets)) continue;
    throw new UserError(
      `${path}: its target items are ${shown(targets)}, those of ${first.path} ` +
        `${shown(first.targets)}: evaluate them one by one`,
    );
  }
  return first.targets;
}

function printRows(
  output: Output,
  rows: readonly Row[],
  k: number,
  targets: readonly Name[],
  note: string,
): void {
  const shown = (x: number, digits: number) => (Number.isNaN(x) ? '-' : x.toFixed(digits));
  output.line(`target items ${targets.join(', ') || 'none'}; ${note}`);
  output.table(
    ['victim', 'fake users', `TargetHR@${k}`, 'target rank', `Recall@${k}`, `HR@${k}`, 'seconds'],
    rows.map((row) => [
      row.victim,
      row.fakes ?? 'none',
      shown(row.targetHitRate, 4),
      shown(row.targetMeanRank, 0),
      row.recall.toFixed(4),
      row.hitRate.toFixed(4),
      (row.trainSeconds + row.rankSeconds).toFixed(1),
    ]),
  );
}
