/** @file Defended victims: what a defence keeps of their users, and what they then recommend. */

import { type DataSet, rowOf, type SparseMatrix, stackRows } from '../../data/portable.ts';
import {
  certifiedSize,
  clopperPearson,
  type Defence,
  type DefenceSettings,
  type DefenceTask,
  type Votes,
} from '../../defence/index.ts';
import { measure } from '../metrics/measure.ts';
import { diverged } from './diverged.ts';
import type { VictimOptions, VictimResult } from './victim.ts';

/** How a victim is defended, trained and measured. */
export interface DefendedOptions extends Omit<VictimOptions, 'onTrained'> {
  readonly defence: Defence;
  /** What the defence is told; its defaults where left out. */
  readonly defenceSettings?: DefenceSettings;
  readonly suspicion?: DefenceTask['suspicion'];
}

/** What a defence did to one side: the genuine users, or the fake ones. */
export interface Treated {
  /** Users that it left out altogether, of a weight of 0. */
  readonly removed: number;
  /** The mean weight of users, from 0 to 1; NaN where there are none. */
  readonly weight: number;
}

/** The metrics of a defended victim, and what the defence did to its users. */
export interface DefendedResult extends VictimResult {
  readonly genuine: Treated;
  readonly fake: Treated;
  /** Of `pore`. */
  readonly votes?: Votes;
}

/** What weights do to the users from `from` up to `to`. */
function treated(weights: Float64Array | undefined, from: number, to: number): Treated {
  const some = weights?.subarray(from, to) ?? new Float64Array(to - from).fill(1);
  const sum = some.reduce((total, w) => total + w, 0);
  return { removed: some.filter((w) => w === 0).length, weight: sum / some.length };
}

/**
 * Trains a victim defended on the clicks of real and fake users, as `evaluateVictim` trains it
 * undefended, and measures what it recommends to real users, those that the defence removed among
 * them. The defence is not told which users are fake. Throws as `evaluateVictim`, and a UserError
 * for a victim or settings that the defence does not take.
 */
export async function evaluateDefended(
  data: DataSet,
  fakes: SparseMatrix | null,
  options: DefendedOptions,
): Promise<DefendedResult> {
  const { kind, settings, defence, defenceSettings, suspicion } = options;
  const clicks = fakes ? stackRows(data.train, fakes) : data.train;
  return diverged(kind, settings, async () => {
    const started = performance.now();
    const told = { ...defence.defaults, ...defenceSettings };
    const { model, weights, votes } = await defence.train(
      { ...options, clicks, kind, settings, suspicion },
      told,
    );
    try {
      const trained = performance.now();
      const metrics = await measure(model.scores, data, options);
      const seconds = (from: number, to: number) => (to - from) / 1000;
      return {
        ...metrics,
        trainSeconds: seconds(started, trained),
        rankSeconds: seconds(trained, performance.now()),
        genuine: treated(weights, 0, data.train.rows),
        fake: treated(weights, data.train.rows, clicks.rows),
        ...(votes && { votes }),
      };
    } finally {
      model.release();
    }
  });
}

/** What PORE certifies on average over the users that have test items. */
export interface Certified {
  readonly fakes: number;
  /** The least share of the first k that are test items, whatever the fake users click. */
  readonly precision: number;
  /** The least share of a user's test items among the first k. */
  readonly recall: number;
}

/**
 * The recall and precision at `k` that votes on the given data certify against numbers of fake
 * users (Jia et al. 2023, section 4.3), all at once with probability 1 - `alpha`: each of the
 * bounds, one for each user and item, is wrong with probability `alpha / (users * items)`.
 */
export function certify(
  { train, test }: DataSet,
  votes: Votes,
  {
    k,
    fakes,
    alpha,
  }: { readonly k: number; readonly fakes: readonly number[]; readonly alpha: number },
): Certified[] {
  const items = train.columns;
  const bounds = clopperPearson(votes.bags, alpha / (train.rows * items));
  const users = Array.from({ length: train.rows }, (_, user) => user).filter(
    (user) => rowOf(test, user).length > 0,
  );
  return fakes.map((count) => {
    let [precision, recall] = [0, 0];
    for (const user of users) {
      const wanted = [...rowOf(test, user)];
      const of = { counts: votes.counts[user], items, wanted };
      const size = certifiedSize(of, votes, { k, fakes: count, bounds });
      precision += size / k / users.length;
      recall += size / wanted.length / users.length;
    }
    return { fakes: count, precision, recall };
  });
}
