/** @file `hypertape train`: trains one recommender and measures what it recommends. */

import { join } from 'node:path';
import { Command, Option } from 'commander';
import { makeFolder, readDataFolder } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import {
  evaluateVictim,
  type Measurement,
  saveModel,
  stopEarly,
  trainDigest,
  type VictimResult,
} from '../../eval/index.ts';
import { type ModelKind, modelKind, modelNames } from '../../models/index.ts';
import { interruptible } from '../interrupt.ts';
import { noteLength } from '../list-length.ts';
import { type ModelOptions, settingsOf, withModelOptions } from '../model-options.ts';
import { type CommonOptions, deviceOf, withCommonOptions } from '../options.ts';
import { Output } from '../output.ts';
import { withOutput } from '../output-folder.ts';
import { expectTraining } from '../room.ts';
import { share, wholeNumber } from '../values.ts';

type StoppingOptions = { patience?: number; validation?: number; every?: number };
type TrainOptions = CommonOptions &
  ModelOptions &
  StoppingOptions & { data: string; k: number; out?: string };

/** The command `train`. */
export const trainCommand = (): Command =>
  withOutput(
    withModelOptions(withCommonOptions(trainOptions())),
    new Option('--out <dir>', 'folder for model.npz, which recommend reads'),
    ['model.npz'],
    // A model may lie beside the data that it was trained on.
    ['meta.json'],
  ).action(train);

const trainOptions = (): Command =>
  new Command('train')
    .description('train one recommender and print Recall and NDCG on the test items')
    .argument('<model>', modelNames.join(', '))
    .requiredOption('--data <dir>', 'data folder')
    .option('--k <n>', 'length of the recommendations', wholeNumber(1, 2 ** 24), 50)
    .option(
      '--patience <n>',
      'stop when recall of held-out clicks has not risen n times in a row; keep the best model',
      wholeNumber(1),
    )
    .option(
      '--validation <share>',
      "with --patience: share of each user's clicks to hold out (default: 0.1)",
      share,
    )
    .option('--every <n>', 'with --patience: epochs per measurement (default: 1)', wholeNumber(1));

async function train(name: string, options: TrainOptions): Promise<void> {
  const { seed, k, out } = options;
  const output = new Output(options);
  const training = output.progress(`training ${name}, steps`);
  const ranking = output.progress('ranking users');
  let best: Measurement['best'] | undefined;
  const kind = stopping(modelKind(name), options, (measurement) => {
    training.stop();
    output.line(describe(measurement, k));
    ({ best } = measurement);
  });
  const [settings] = settingsOf([kind], options);
  const data = await readDataFolder(options.data);
  const { train: clicks } = data;
  expectTraining(kind, settings, { users: clicks.rows, items: clicks.columns });
  if (out !== undefined) await makeFolder(out);
  const device = await deviceOf(options);
  const file = out === undefined ? undefined : join(out, 'model.npz');
  const metrics = await interruptible(
    () => 'nothing was written; the same command begins anew',
    (signal) =>
      evaluateVictim(data, null, {
        kind,
        settings,
        seed,
        device,
        k,
        signal,
        onStep: (done, total) => {
          training.update(done, total);
          if (done === total) training.stop();
        },
        onTrained: async (model) => {
          if (file === undefined) return;
          await saveModel(file, { kind, settings, seed, model }, trainDigest(clicks, data));
        },
        onProgress: (done, total) => ranking.update(done, total),
      }),
  );
  ranking.stop();
  output.line(`${name} on ${data.name}, ${device.name}, seed ${seed}`);
  printMetrics(output, metrics, k);
  noteLength(output, k, data);
  if (file !== undefined) output.line(`model in ${file}`);
  const run = { model: name, data: data.name, device: device.name, seed, k, settings };
  output.result({ ...run, ...metrics, best, file });
}

function printMetrics(output: Output, metrics: VictimResult, k: number): void {
  const { recall, ndcg, trainSeconds, rankSeconds, users } = metrics;
  if (users === 0) {
    output.line('the data have no clicks to test with (--split none): nothing is measured');
    return;
  }
  const cells = [
    recall.toFixed(4),
    ndcg.toFixed(4),
    trainSeconds.toFixed(1),
    rankSeconds.toFixed(1),
    `${users}`,
  ];
  output.table([`Recall@${k}`, `NDCG@${k}`, 'seconds to train', 'to rank', 'users'], [cells]);
}

/** The kind, with early stopping if --patience asks for it. */
function stopping(
  kind: ModelKind,
  { patience, validation, every, k }: TrainOptions,
  onMeasurement: (measurement: Measurement) => void,
): ModelKind {
  if (patience !== undefined) {
    return stopEarly(kind, {
      patience,
      validation: validation ?? 0.1,
      every: every ?? 1,
      k,
      onMeasurement,
    });
  }
  for (const [name, value] of Object.entries({ validation, every })) {
    if (value !== undefined) throw new UserError(`--${name} goes with --patience: add it`);
  }
  return kind;
}

const describe = ({ epoch, recall, best }: Measurement, k: number): string =>
  `epoch ${epoch}: Recall@${k} of held-out clicks ${recall.toFixed(4)}, ` +
  `best ${best.recall.toFixed(4)} at epoch ${best.epoch}`;
