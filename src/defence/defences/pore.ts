/** @file `pore`: recommenders of random bags of users vote, so that few fake users change little. */

import { Turns } from '../../autodiff/index.ts';
import { Largest, type Random, random } from '../../data/portable.ts';
import { rowOf, type SparseMatrix, selectedRows } from '../../data/sparse.ts';
import { UserError } from '../../errors.ts';
import { nearestItems, neighbourScores } from '../../models/index.ts';
import type { Votes } from './certificate.ts';
import { type Defence, type DefenceSettings, type DefenceTask, expectVictim } from './defence.ts';

/** How an ensemble is made. */
export interface EnsembleOptions {
  readonly bags: number;
  readonly bagSize: number;
  readonly votes: number;
  /** Of the base recommender, `item-cf`. */
  readonly neighbours: number;
  readonly seed: number;
  readonly onBag?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * The votes of `item-cf` trained on bags of `bagSize` users, drawn without replacement: each
 * recommends to the users of its bag the `votes` items of the highest scores above 0 that they have
 * not clicked (PORE, Jia et al. 2023, algorithm 1).
 */
export async function castVotes(
  clicks: SparseMatrix,
  { bags, bagSize, votes, neighbours, seed, onBag, signal }: EnsembleOptions,
): Promise<Votes> {
  const counts = Array.from({ length: clicks.rows }, () => new Map<number, number>());
  const generator: Random = random(seed).fork('bags');
  const turns = new Turns(signal);
  for (let bag = 0; bag < bags; bag++) {
    const users = Int32Array.from(generator.sample(clicks.rows, bagSize));
    const rows = selectedRows(clicks, users);
    const nearest = nearestItems(rows, neighbours);
    for (let row = 0; row < bagSize; row++) {
      const of = counts[users[row]];
      for (const item of bestItems(rows, nearest, row, votes)) {
        of.set(item, (of.get(item) ?? 0) + 1);
      }
    }
    onBag?.(bag + 1, bags);
    await turns.pass();
  }
  return { users: clicks.rows, bagSize, votes, bags, counts };
}

/** The items of the highest scores above 0 that a user has not clicked, at most `count`. */
function bestItems(clicks: SparseMatrix, nearest: SparseMatrix, user: number, count: number) {
  const scores = neighbourScores(clicks, nearest, Int32Array.of(user));
  for (const item of rowOf(clicks, user)) scores[item] = 0;
  const largest = new Largest(Math.min(count, scores.length));
  scores.forEach((score, item) => {
    if (score > 0) largest.offer(item, score);
  });
  return largest.take();
}

/** The votes that each item got from a user's recommenders, `[users.length, items]`. */
export function votesOf({ counts }: Votes, users: Int32Array, items: number): Float64Array {
  const scores = new Float64Array(users.length * items);
  users.forEach((user, row) => {
    for (const [item, count] of counts[user]) scores[row * items + item] = count;
  });
  return scores;
}

const defaults: DefenceSettings & Required<Pick<DefenceSettings, 'bags' | 'bagSize' | 'votes'>> = {
  bags: 1000,
  bagSize: 200,
  votes: 50,
};

async function train(task: DefenceTask, settings: DefenceSettings) {
  expectVictim(pore, task.kind.name);
  const { clicks } = task;
  const options = { ...defaults, ...settings };
  for (const name of ['bags', 'bagSize', 'votes'] as const) {
    const value = options[name];
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new UserError(`pore: ${name}: expected a whole number from 1, got ${value}`);
  }
  if (options.bagSize > clicks.rows) {
    throw new UserError(
      `pore: bagSize: ${options.bagSize} users do not come out of ${clicks.rows}: lower --bag-size`,
    );
  }
  const cast = await castVotes(clicks, {
    ...options,
    neighbours: task.settings.neighbours as number,
    seed: task.seed,
    onBag: task.onStep,
    signal: task.signal,
  });
  const items = clicks.columns;
  return {
    model: {
      users: clicks.rows,
      items,
      scores: async (users: Int32Array) => votesOf(cast, users, items),
      release: () => {},
    },
    votes: cast,
  };
}

/** The defence `pore`. */
export const pore: Defence = {
  name: 'pore',
  about: 'lets item-cf of random bags of users vote, with a certificate (PORE, Jia et al. 2023)',
  defaults,
  suspects: false,
  victims: ['item-cf'],
  train,
};
