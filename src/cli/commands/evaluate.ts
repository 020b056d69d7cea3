/** @file `hypertape evaluate`: trains victims with and without fake users and compares them. */

import { Command } from 'commander';
import { openDevice } from '../../autodiff/index.ts';
import { readDataFolder, readNpz } from '../../data/index.ts';
import { checkFakes, evaluateVictim, parseTargets, type VictimResult } from '../../eval/index.ts';
import { modelKind, modelNames } from '../../models/index.ts';
import {
  type CommonOptions,
  type ModelOptions,
  settingsOf,
  wholeNumber,
  withCommonOptions,
  withModelOptions,
} from '../options.ts';
import { Output } from '../output.ts';

type EvaluateOptions = CommonOptions &
  ModelOptions & { data: string; fakes: string[]; victims: string; targets: string; k: number };

/** The command `evaluate`. */
export const evaluateCommand = (): Command =>
  withModelOptions(
    withCommonOptions(
      new Command('evaluate')
        .description('train victims with and without fake users and compare what they recommend')
        .requiredOption('--data <dir>', 'data folder')
        .requiredOption('--fakes <file...>', 'fake users, SciPy sparse .npz')
        .requiredOption(
          '--targets <items>',
          'target items, as given to attack (drawn ones follow from the seed)',
        )
        .option('--victims <models>', 'recommenders to train', modelNames.join(','))
        .option('--k <n>', 'length of the recommendations', wholeNumber(1), 50),
    ),
  ).action(evaluateFakes);

interface Row extends VictimResult {
  readonly victim: string;
  /** The file of fake users, or null for no attack. */
  readonly fakes: string | null;
}

async function evaluateFakes(options: EvaluateOptions): Promise<void> {
  const output = new Output(options);
  const victims = options.victims.split(',').map(modelKind);
  const settingsOfVictims = settingsOf(victims, options);
  const data = await readDataFolder(options.data);
  const targets = parseTargets(options.targets, data.train, options.seed);
  const attacks = [];
  for (const path of options.fakes) {
    const fakes = await readNpz(path);
    checkFakes(path, fakes, data);
    attacks.push({ path, fakes });
  }
  const device = await openDevice(options.device, options);
  const rows: Row[] = [];
  for (const [i, kind] of victims.entries()) {
    const victim = kind.name;
    const settings = settingsOfVictims[i];
    for (const { path, fakes } of [{ path: null, fakes: null }, ...attacks]) {
      const progress = output.progress(`training ${victim}${path ? ` with ${path}` : ''}, steps`);
      const result = await evaluateVictim(data, fakes, {
        kind,
        settings,
        targets,
        seed: options.seed,
        k: options.k,
        device,
        onStep: (done, total) => progress.update(done, total),
      });
      progress.stop();
      rows.push({ victim, fakes: path, ...result });
    }
  }
  printRows(output, rows, options.k, targets);
  const { seed, k } = options;
  output.result({ data: data.name, device: device.name, seed, k, targets, rows });
}

function printRows(output: Output, rows: readonly Row[], k: number, targets: number[]): void {
  output.line(`target items ${targets.join(', ')}`);
  output.table(
    ['victim', 'fake users', `TargetHR@${k}`, 'target rank', `Recall@${k}`, `HR@${k}`, 'seconds'],
    rows.map((row) => [
      row.victim,
      row.fakes ?? 'none',
      row.targetHitRate.toFixed(4),
      row.targetMeanRank.toFixed(0),
      row.recall.toFixed(4),
      row.hitRate.toFixed(4),
      (row.trainSeconds + row.rankSeconds).toFixed(1),
    ]),
  );
}
