/** @file `hypertape train`: one recommender from scratch, and what it recommends. */

import { Command } from 'commander';
import { openDevice } from '../../autodiff/index.ts';
import { readDataFolder } from '../../data/index.ts';
import { evaluateVictim } from '../../eval/index.ts';
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

type TrainOptions = CommonOptions & ModelOptions & { data: string; k: number };

export const trainCommand = (): Command =>
  withModelOptions(
    withCommonOptions(
      new Command('train')
        .description('train one recommender and print Recall and NDCG on the test items')
        .argument('<model>', modelNames.join(', '))
        .requiredOption('--data <dir>', 'data folder')
        .option('--k <n>', 'length of the recommendations', wholeNumber(1), 50),
    ),
  ).action(train);

async function train(name: string, options: TrainOptions): Promise<void> {
  const output = new Output(options);
  const kind = modelKind(name);
  const [settings] = settingsOf([kind], options);
  const data = await readDataFolder(options.data);
  const device = await openDevice(options.device, options);
  const { seed, k } = options;
  const training = output.progress(`training ${name}, steps`);
  const ranking = output.progress('ranking users');
  const metrics = await evaluateVictim(data, null, {
    kind,
    settings,
    seed,
    device,
    k,
    onStep: (done, total) => training.update(done, total),
    onProgress: (done, total) => {
      training.stop();
      ranking.update(done, total);
    },
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
  output.result({
    model: name,
    data: data.name,
    device: device.name,
    seed,
    k,
    settings,
    ...metrics,
  });
}
