/** @file The kind `synthetic`: an attack on the paper's synthetic data (section 3). */

import { matrixOf } from '../../../attack/index.ts';
import { writeNpz } from '../../../data/index.ts';
import type { CellKind } from '../../../grid/index.ts';
import { type Settings, surrogateKind } from '../../../models/index.ts';
import { runSynthetic } from '../synthetic.ts';
import { type AttackLine, cellDevice, estimatorOf, linesOf, type Unrolled } from './attack-run.ts';

/** All that an attack on synthetic data depends on. */
export interface SyntheticConfig {
  readonly users: number;
  readonly fakes: number;
  readonly items: number;
  readonly surrogate: string;
  /** All settings of the surrogate. */
  readonly settings: Settings;
  readonly unrolled: Unrolled;
  /** Updates of the fake users, T. */
  readonly iterations: number;
  /** The outer step size, eta, and its momentum. */
  readonly learningRate: number;
  readonly momentum: number;
  /** Of the data, the surrogate and everything else that is random. */
  readonly seed: number;
  readonly precision: 'f32';
}

/** What an attack on synthetic data gives; the figures are `targetHitRate` and `testHitRate`. */
export interface SyntheticResult {
  /** Steps of a training of the surrogate. */
  readonly steps: number;
  /** Length of the recommendations. */
  readonly k: number;
  readonly history: readonly AttackLine[];
  readonly best: { readonly iteration: number; readonly quality: number };
}

/** An attack on synthetic data. Its file `fakes.npz` holds the fake users of the best iteration. */
export const syntheticCell: CellKind<SyntheticConfig, SyntheticResult> = {
  name: 'synthetic',
  version: 1,
  describe: ({ surrogate, unrolled, learningRate, momentum, seed }) =>
    `${surrogate}, ${tauOf(unrolled)}, rate ${learningRate}, momentum ${momentum}, seed ${seed}`,
  async run({ users, fakes, items, settings, unrolled, ...config }, _inputs, context) {
    const { facts, history, best } = await runSynthetic({
      ...config,
      size: { users, fakes, items },
      surrogate: surrogateKind(config.surrogate),
      settings,
      method: estimatorOf(unrolled, 1),
      device: await cellDevice(context),
    });
    await writeNpz(context.file('fakes.npz'), matrixOf(best.fakes, items));
    const { iteration, quality } = best;
    return {
      steps: facts.steps,
      k: facts.k,
      history: linesOf(history),
      best: { iteration, quality },
    };
  },
};

const tauOf = (unrolled: Unrolled): string =>
  unrolled === 'all' ? 'all steps' : `tau ${Object.values(unrolled)[0]}`;
