/** @file Defended victims: what a defence keeps of their users, and what they then recommend. */

import { type DataSet, type SparseMatrix, stackRows } from '../../data/portable.ts';
import type { Defence, DefenceSettings, DefenceTask, Votes } from '../../defence/index.ts';
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
