/** @file The paper's synthetic experiment: fake users learned through the whole training. */

import {
  type AttackOptions,
  type AttackRecord,
  type AttackState,
  learnFakes,
  startAttack,
} from '../../attack/index.ts';
import type { Device, Estimator, Progress, Tree } from '../../autodiff/index.ts';
import { type DataSet, type SyntheticOptions, synthetic } from '../../data/portable.ts';
import type { Settings, Surrogate, SurrogateKind } from '../../models/index.ts';
import { measure } from '../metrics/measure.ts';

/** What the experiment depends on. */
export interface SyntheticExperiment {
  /** Users, fake users and items; by default as many as in the paper: 900, 100, 300. */
  readonly size?: Omit<SyntheticOptions, 'seed'>;
  readonly surrogate: SurrogateKind;
  /** Settings that differ from the paper's. */
  readonly settings?: Settings;
  readonly method: Estimator;
  /** Updates of the fake users. */
  readonly iterations: number;
  /** Outer learning rate and momentum; default 1 and 0.99. */
  readonly learningRate?: number;
  readonly momentum?: number;
  readonly seed: number;
  readonly device: Device;
  /** Told what the experiment is before it begins. */
  readonly onStart?: (facts: SyntheticFacts) => void;
  readonly onStep?: Progress;
  readonly onIteration?: AttackOptions<Tree>['onIteration'];
  /** Stops the experiment after the training step at hand: its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** What the experiment is, for those who describe it. */
export interface SyntheticFacts {
  readonly users: number;
  readonly fakes: number;
  readonly items: number;
  /** The item that the fake users promote. */
  readonly target: number;
  /** Length of the recommendations that are measured. */
  readonly k: number;
  /** The surrogate: its name, what it is, and the steps of its training. */
  readonly surrogate: string;
  readonly about: string;
  readonly steps: number;
  /** The name of the estimator. */
  readonly method: string;
  readonly iterations: number;
  readonly seed: number;
  readonly device: string;
}

/** What the experiment gives. The figures of the history are `targetHitRate` and `testHitRate`. */
export interface SyntheticOutcome {
  readonly facts: SyntheticFacts;
  readonly data: DataSet;
  readonly history: readonly AttackRecord[];
  readonly best: AttackState['best'];
}

const target = 0;
const k = 10;

/** The experiment before its first iteration. */
export interface SyntheticSetup {
  readonly facts: SyntheticFacts;
  readonly data: DataSet;
  readonly surrogate: Surrogate;
  readonly start: AttackState;
  /** What `learnFakes` takes beside the start. */
  readonly options: AttackOptions<Tree>;
}

/** Draws the data and the fake users' start, and says how they are learned. */
export function prepareSynthetic(experiment: SyntheticExperiment): SyntheticSetup {
  const { seed, device, iterations, method, surrogate: kind } = experiment;
  const { data, fakes } = synthetic({ ...experiment.size, seed });
  const settings = { ...kind.synthetic, ...experiment.settings };
  const surrogate = kind.differentiable(data.train, fakes.rows, settings, seed);
  const facts: SyntheticFacts = {
    users: data.train.rows,
    fakes: fakes.rows,
    items: data.train.columns,
    target,
    k,
    surrogate: kind.name,
    about: kind.about,
    steps: surrogate.steps,
    method: method.name,
    iterations,
    seed,
    device: device.name,
  };
  const options: AttackOptions<Tree> = {
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
      const { targetHitRate, hitRate } = await measure(scores, data, { k, targets: [target] });
      return { quality: targetHitRate, figures: { targetHitRate, testHitRate: hitRate } };
    },
    onStep: experiment.onStep,
    onIteration: experiment.onIteration,
    signal: experiment.signal,
  };
  return { facts, data, surrogate, start: startAttack(fakes), options };
}

/**
 * Learns fake users by Algorithm 1: in each iteration the surrogate is trained from the same start,
 * and the fake users follow its hypergradient so that it recommends one item to everyone. 900 real
 * users, 100 fake users, 300 items (Tang, Wen & Wang 2020, section 3.3).
 */
export async function runSynthetic(experiment: SyntheticExperiment): Promise<SyntheticOutcome> {
  const { facts, data, start, options } = prepareSynthetic(experiment);
  experiment.onStart?.(facts);
  const { history, best } = await learnFakes(start, options);
  return { facts, data, history, best };
}
