/** @file `filtering`: drops the users that a detector suspects most, and trains on the rest. */

import { columnCounts, selectedRows } from '../../data/sparse.ts';
import { UserError } from '../../errors.ts';
import type { ScoreUsers } from '../../models/index.ts';
import {
  checkedSuspicion,
  countOf,
  type Defence,
  type DefenceSettings,
  type DefenceTask,
  highest,
} from './defence.ts';

/**
 * The scores of all users from those of the kept ones. A user that was dropped is a stranger to the
 * model, and gets what a stranger gets: the items by their popularity among the kept users.
 */
function scoresOfAll(kept: Int32Array, users: number, popularity: Int32Array, score: ScoreUsers) {
  const place = new Int32Array(users).fill(-1);
  kept.forEach((user, i) => {
    place[user] = i;
  });
  const items = popularity.length;
  return async (asked: Int32Array): Promise<Float64Array> => {
    const scores = new Float64Array(asked.length * items);
    const known = asked.filter((user) => place[user] >= 0);
    const some = known.length > 0 ? await score(known.map((user) => place[user])) : [];
    let next = 0;
    asked.forEach((user, row) => {
      const dropped = place[user] < 0;
      for (let item = 0; item < items; item++) {
        scores[row * items + item] = dropped ? popularity[item] : some[next * items + item];
      }
      if (!dropped) next++;
    });
    return scores;
  };
}

async function train(task: DefenceTask, settings: DefenceSettings) {
  const { clicks, kind, settings: ofVictim, seed } = task;
  const count = countOf('filtering', settings, clicks.rows);
  const dropped = highest(await checkedSuspicion('filtering', task), count, seed);
  const weights = new Float64Array(clicks.rows).fill(1);
  for (const user of dropped) weights[user] = 0;
  const everyone = Int32Array.from({ length: clicks.rows }, (_, user) => user);
  const kept = everyone.filter((user) => weights[user] > 0);
  const rest = selectedRows(clicks, kept);
  if (rest.indices.length === 0) {
    throw new UserError(`filtering: a share of ${settings.share} leaves no click: lower --share`);
  }
  const model = await kind.fit(rest, ofVictim, task);
  const scores = scoresOfAll(kept, clicks.rows, columnCounts(rest), model.scores);
  return {
    model: { users: clicks.rows, items: clicks.columns, scores, release: () => model.release() },
    weights,
  };
}

/** The defence `filtering`. */
export const filtering: Defence = {
  name: 'filtering',
  about: 'drops the most suspected share of users and trains on the rest',
  defaults: { share: 0.05 },
  suspects: true,
  train,
};
