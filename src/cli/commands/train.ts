/** @file `hypertape train`: one recommender from scratch, and what it recommends. */

import { join } from 'node:path';
import { Command } from 'commander';
import { openDevice } from '../../autodiff/index.ts';
import { makeFolder, readDataFolder } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import { evaluateVictim, type Measurement, saveModel, stopEarly } from '../../eval/index.ts';
import { type ModelKind, modelKind, modelNames } from '../../models/index.ts';
import {
  type CommonOptions,
  type ModelOptions,
  settingsOf,
  share,
  wholeNumber,
  withCommonOptions,
  withModelOptions,
} from '../options.ts';
import { Output } from '../output.ts';

type StoppingOptions = { patience?: number; validation?: number; every?: number };
type TrainOptions = CommonOptions & ModelOptions & StoppingOptions & { data: string; k: number };

export const trainCommand = (): Command =>
  withModelOptions(
    withCommonOptions(
      new Command('train')
        .description('train one recommender and print Recall and NDCG on the test items')
        .argument('<model>', modelNames.join(', '))
        .requiredOption('--data <dir>', 'data folder')
        .option('--out <dir>', 'folder to write model.npz to, for recommend')
        .option('--k <n>', 'length of the recommendations', wholeNumber(1), 50)
        .option(
          '--patience <n>',
          'stop once recall of held-out clicks has not risen n times in a row; keep the best model',
          wholeNumber(1),
        )
        .option(
          '--validation <share>',
          "with --patience: of each user's clicks; default 0.1",
          share,
        )
        .option('--every <n>', 'with --patience: epochs between; default 1', wholeNumber(1)),
    ),
  ).action(train);

async function train(name: string, options: TrainOptions): Promise<void> {
  const output = new Output(options);
  const training = output.progress(`training ${name}, steps`);
  const ranking = output.progress('ranking users');
  let best: Measurement['best'] | undefined;
  const kind = stopping(modelKind(name), options, (measurement) => {
    training.stop();
    output.line(describe(measurement, options.k));
    ({ best } = measurement);
  });
  const [settings] = settingsOf([kind], options);
  const data = await readDataFolder(options.data);
  const device = await openDevice(options.device, options);
  const { seed, k, out } = options;
  if (out !== undefined) await makeFolder(out);
  const file = out === undefined ? undefined : join(out, 'model.npz');
  const metrics = await evaluateVictim(data, null, {
    kind,
    settings,
    seed,
    device,
    k,
    onStep: (done, total) => training.update(done, total),
    onTrained: async (model) => {
      training.stop();
      if (file !== undefined) await saveModel(file, { kind, settings, seed, model });
    },
    onProgress: (done, total) => ranking.update(done, total),
  });
  ranking.stop();
  const { recall, ndcg, trainSeconds, rankSeconds } = metrics;
  output.line(`${name} on ${data.name}, ${device.name}, seed ${seed}`);
  output.table(
    [`Recall@${k}`, `NDCG@${k}`, 'seconds to train', 'to rank', 'users'],
    [
      [
        recall.toFixed(4),
        ndcg.toFixed(4),
        trainSeconds.toFixed(1),
        rankSeconds.toFixed(1),
        `${metrics.users}`,
      ],
    ],
  );
  if (file !== undefined) output.line(`model in ${file}`);
  output.result({
    model: name,
    data: data.name,
    device: device.name,
    seed,
    k,
    settings,
    ...metrics,
    best,
    file,
  });
}

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
