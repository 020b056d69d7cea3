/** @file The paper's synthetic experiment: a surrogate attacked in full on a toy data set. */

import { type AttackOptions, learnFakes, startAttack } from '../../attack/index.ts';
import type { Device, Estimator, Progress, Tree } from '../../autodiff/index.ts';
import { synthetic, toDense } from '../../data/index.ts';
import type { Settings, SurrogateKind } from '../../models/index.ts';
import { measure } from '../metrics/measure.ts';

export interface SyntheticExperiment {
  readonly surrogate: SurrogateKind;
  /** What differs from the paper's settings. */
  readonly settings?: Settings;
  readonly method: Estimator;
  readonly iterations: number;
  /** Outer learning rate and momentum; default 1 and 0.99. */
  readonly learningRate?: number;
  readonly momentum?: number;
  readonly seed: number;
  readonly device: Device;
  readonly onStep?: Progress;
  readonly onIteration?: AttackOptions<Tree>['onIteration'];
}

/** The target item, and the length of the recommendations that are looked at. */
const target = 0;
const listLength = 10;

/**
 * 900 real and 100 fake users, 300 items; Algorithm 1 promotes item 0 by full-batch training of
 * the surrogate from the same start in each iteration (Tang, Wen & Wang 2020, section 3.3).
 */
export async function runSynthetic(experiment: SyntheticExperiment) {
  const { seed, device, surrogate: kind, iterations, method } = experiment;
  const { data, fakes } = synthetic({ seed });
  const settings = { ...kind.synthetic, ...experiment.settings };
  const surrogate = kind.differentiable(data.train, fakes.rows, settings, seed);
  const final = await learnFakes(startAttack(toDense(fakes)), {
    train: data.train,
    surrogate,
    goal: { kind: 'promote', targets: [target] },
    method,
    iterations,
    learningRate: experiment.learningRate ?? 1,
    momentum: experiment.momentum ?? 0.99,
    projection: { kind: 'threshold', rho: 0.2 },
    normalizeRows: false,
    clickTargets: false,
    device,
    measure: async (scores) => {
      const metrics = await measure(scores, data, { k: listLength, targets: [target] });
      return {
        quality: metrics.targetHitRate,
        figures: { targetHitRate: metrics.targetHitRate, testHitRate: metrics.hitRate },
      };
    },
    onStep: experiment.onStep,
    onIteration: experiment.onIteration,
  });
  return { data, history: final.history, best: final.best };
}
