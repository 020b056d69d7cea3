/** @file `hypertape recommend`: what a trained model recommends to users. */

import { Command } from 'commander';
import { openDevice } from '../../autodiff/index.ts';
import { readDataFolder, type SparseMatrix } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import { excludeClicks, loadModel, topItems } from '../../eval/index.ts';
import type { TrainedModel } from '../../models/index.ts';
import { type CommonOptions, numberList, wholeNumber, withCommonOptions } from '../options.ts';
import { Output } from '../output.ts';

type RecommendOptions = CommonOptions & {
  data: string;
  model: string;
  users?: number[];
  k: number;
};

/** The command `recommend`. */
export const recommendCommand = (): Command =>
  withCommonOptions(
    new Command('recommend')
      .description('print what a trained model recommends to users, with scores')
      .requiredOption('--data <dir>', 'data folder that the model was trained on')
      .requiredOption('--model <file>', 'model.npz, as train --out writes it')
      .option('--users <numbers>', 'such as 0,1,2 (default: all users)', numberList)
      .option('--k <n>', 'length of the recommendations', wholeNumber(1), 10),
  ).action(recommend);

/** The best items that a user did not click in training, best first. */
interface Recommendations {
  readonly user: number;
  readonly items: readonly number[];
  readonly scores: readonly number[];
}

/** Users scored at once. */
const blockUsers = 512;

async function recommend(options: RecommendOptions): Promise<void> {
  const output = new Output(options);
  const { train, name } = await readDataFolder(options.data);
  const users = Int32Array.from(options.users ?? Array.from({ length: train.rows }, (_, u) => u));
  const outside = users.find((user) => user >= train.rows);
  if (outside !== undefined) {
    throw new UserError(
      `users: there is no user ${outside} in ${options.data}, ` +
        `which has users 0 to ${train.rows - 1}`,
    );
  }
  const device = await openDevice(options.device, options);
  const { kind, model } = await loadModel(options.model, train, device);
  const recommendations: Recommendations[] = [];
  for (let from = 0; from < users.length; from += blockUsers) {
    const block = users.subarray(from, from + blockUsers);
    recommendations.push(...(await recommendTo(block, model, train, options.k)));
  }
  output.line(`${kind.name} on ${name}, ${device.name}`);
  output.table(
    ['user', 'rank', 'item', 'score'],
    recommendations.flatMap(({ user, items, scores }) =>
      items.map((item, i) => [`${user}`, `${i + 1}`, `${item}`, scores[i].toFixed(4)]),
    ),
  );
  const { k } = options;
  output.result({ model: kind.name, data: name, device: device.name, k, users: recommendations });
}

async function recommendTo(
  users: Int32Array,
  model: TrainedModel,
  train: SparseMatrix,
  k: number,
): Promise<Recommendations[]> {
  const all = await model.scores(users);
  return Array.from(users, (user, row) => {
    const scores = all.subarray(row * model.items, (row + 1) * model.items);
    excludeClicks(scores, train, user);
    const items = [...topItems(scores, k)];
    return { user, items, scores: items.map((item) => scores[item]) };
  });
}
