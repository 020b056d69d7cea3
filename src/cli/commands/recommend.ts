/** @file `hypertape recommend`: what a trained model recommends to users. */

import { Command } from 'commander';
import { readDataFolder, type SparseMatrix } from '../../data/index.ts';
import { excludeClicks, loadModel, topItems, usersAtOnce } from '../../eval/index.ts';
import type { TrainedModel } from '../../models/index.ts';
import { type Name, namesNote, namesOf } from '../ids.ts';
import { type CommonOptions, deviceOf, withCommonOptions } from '../options.ts';
import { Output } from '../output.ts';
import { wholeNumber } from '../values.ts';

type RecommendOptions = CommonOptions & {
  data: string;
  model: string;
  users?: string;
  inner?: boolean;
  k: number;
};

/** The command `recommend`. */
export const recommendCommand = (): Command =>
  withCommonOptions(
    new Command('recommend')
      .description('print what a trained model recommends to users, with scores')
      .requiredOption('--data <dir>', 'data folder that the model was trained on')
      .requiredOption('--model <file>', 'model.npz, as train --out writes it')
      .option('--users <ids>', 'such as a,b (default: all users)')
      .option('--inner', 'name users and items by their inner numbers, not by their ids')
      .option('--k <n>', 'length of the recommendations', wholeNumber(1, 2 ** 24), 10),
  ).action(recommend);

/** The best items that a user did not click in training, best first. */
interface Recommendations {
  readonly user: Name;
  readonly items: readonly Name[];
  readonly scores: readonly number[];
}

async function recommend(options: RecommendOptions): Promise<void> {
  const output = new Output(options);
  const { data: folder, inner, k } = options;
  const data = await readDataFolder(folder);
  const { train, name } = data;
  const names = { users: namesOf(data, 'users', inner), items: namesOf(data, 'items', inner) };
  const everyone = () => Array.from({ length: train.rows }, (_, user) => user);
  const users = Int32Array.from(
    options.users === undefined ? everyone() : names.users.parse(options.users),
  );
  const device = await deviceOf(options);
  const { kind, model } = await loadModel(options.model, train, device, data);
  const recommendations: Recommendations[] = [];
  const blockUsers = usersAtOnce(train.columns);
  for (let from = 0; from < users.length; from += blockUsers) {
    const block = users.subarray(from, from + blockUsers);
    for (const { user, items, scores } of await recommendTo(block, model, train, k)) {
      const named = { user: names.users.nameOf(user), items: items.map(names.items.nameOf) };
      recommendations.push({ ...named, scores });
    }
  }
  output.line(`${kind.name} on ${name}, ${device.name}; ${namesNote(data, inner)}`);
  output.table(
    ['user', 'rank', 'item', 'score'],
    recommendations.flatMap(({ user, items, scores }) =>
      items.map((item, i) => [`${user}`, `${i + 1}`, `${item}`, scores[i].toFixed(4)]),
    ),
  );
  output.result({ model: kind.name, data: name, device: device.name, k, users: recommendations });
}

async function recommendTo(
  users: Int32Array,
  model: TrainedModel,
  train: SparseMatrix,
  k: number,
): Promise<{ user: number; items: number[]; scores: number[] }[]> {
  const all = await model.scores(users);
  return Array.from(users, (user, row) => {
    const scores = all.subarray(row * model.items, (row + 1) * model.items);
    excludeClicks(scores, train, user);
    const items = [...topItems(scores, k)];
    return { user, items, scores: items.map((item) => scores[item]) };
  });
}
