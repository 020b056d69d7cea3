/**
 * @file Detectors on attacks, leave one attack out: what a detector learns and where its threshold
 * lies comes from other attacks and other genuine users than those that it is judged on.
 */

import { type Device, Turns } from '../../autodiff/index.ts';
import { random, type SparseMatrix, stackRows } from '../../data/portable.ts';
import type { Detector, DetectorOptions, Labelled } from '../../defence/index.ts';
import { type AttackCase, type Poisoned, poisoned } from './attack-case.ts';
import { type Cost, costOf, type Judgement, judge, thresholdOf } from './judge.ts';
import { type LeakyJudgement, leakyJudgement } from './leaky.ts';

/** How detectors are judged. */
export interface ProtocolOptions {
  readonly detectors: readonly Detector[];
  readonly seed: number;
  /** The share of genuine users that may be flagged; default 0.01. */
  readonly falseAlarms?: number;
  /** Samples of the bootstrap; default 500. */
  readonly resamples?: number;
  /** Judges the common way too, which leaks, beside the one without leaks. */
  readonly leaky?: boolean;
  /** Attacks that share a target are no other attacks either, where others are left. */
  readonly disjointTargets?: boolean;
  readonly device?: Device;
  readonly signal?: AbortSignal;
  /** Told how many pairs of a detector and an attack are done, also at the steps of a detector. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A detector on an attack. */
export interface DetectionResult extends Judgement {
  readonly detector: string;
  readonly attack: string;
  /** Users above it are flagged; null where no other attack is there to fix it on. */
  readonly threshold: number | null;
  /** Among the genuine users judged; null without a threshold. */
  readonly cost: Cost | null;
  readonly leaky?: LeakyJudgement;
  /** Of all users, genuine ones first. */
  readonly scores: Float64Array;
  readonly seconds: number;
}

/** A detector that could not be judged, and why. */
export interface Skipped {
  readonly detector: string;
  readonly attack: string;
  readonly reason: string;
}

/** What `evaluateDetectors` gives. */
export interface Detection {
  readonly results: readonly DetectionResult[];
  readonly skipped: readonly Skipped[];
  /** For each genuine user 1 if it is among those that detectors are judged on. */
  readonly judged: Uint8Array;
}

/** Genuine users by the part that they play. */
interface Parts {
  /** A quarter: detectors that learn see that they are genuine. */
  readonly labelled: Int32Array;
  /** A quarter: thresholds are fixed on them. */
  readonly calibration: Int32Array;
  /** Half: detectors are judged on them. */
  readonly judged: Int32Array;
}

/**
 * Judges each detector on each attack: on its fake users and half of the genuine ones. The labels
 * that a detector learns from are those of the attacks of other methods and of a quarter of the
 * genuine users. Its threshold is the quantile of its scores of the last quarter in the presence of
 * other attacks. All see the clicks of all users, as whoever runs a recommender does. Throws a
 * UserError if fake users are over other items.
 */
export async function evaluateDetectors(
  train: SparseMatrix,
  attacks: readonly AttackCase[],
  options: ProtocolOptions,
): Promise<Detection> {
  const cases = attacks.map((attack) => poisoned(train, attack));
  const parts = partsOf(train.rows, options.seed);
  const results: DetectionResult[] = [];
  const skipped: Skipped[] = [];
  const total = options.detectors.length * cases.length;
  const tell = () => options.onProgress?.(results.length + skipped.length, total);
  for (const detector of options.detectors) {
    const run = new DetectorRun(detector, cases, parts, { ...options, onProgress: tell });
    for (const one of cases) {
      const reason = run.lacks(one);
      const names = { detector: detector.name, attack: one.attack.name };
      if (reason) skipped.push({ ...names, reason });
      else results.push(await judged(run, one, train, options));
      tell();
    }
  }
  const isJudged = new Uint8Array(train.rows);
  for (const user of parts.judged) isJudged[user] = 1;
  return { results, skipped, judged: isJudged };
}

function partsOf(users: number, seed: number): Parts {
  const order = Int32Array.from({ length: users }, (_, user) => user);
  random(seed).fork('parts of the genuine users').shuffle(order);
  const [quarter, half] = [Math.ceil(users / 4), Math.ceil(users / 2)];
  return {
    labelled: order.slice(0, quarter),
    calibration: order.slice(quarter, half),
    judged: order.slice(half),
  };
}

/** 1 for fake users, which follow the genuine ones, 0 for those known to be genuine, -1 else. */
function labelsOf(users: number, genuine: number, { labelled }: Parts): Int8Array {
  const labels = new Int8Array(users).fill(-1).fill(1, genuine);
  for (const user of labelled) labels[user] = 0;
  return labels;
}

/**
 * Fake users of an attack below the genuine ones, for a detector that learns. Of the genuine users a
 * quarter, drawn by the seed, are known to be so: if all were, who is to be found would be the only
 * one without a label.
 */
export function exampleOf(train: SparseMatrix, fakes: SparseMatrix, seed: number): Labelled {
  const clicks = stackRows(train, fakes);
  const labels = labelsOf(clicks.rows, train.rows, partsOf(train.rows, seed));
  return { clicks, labels, shared: train.rows };
}

/** One detector on all attacks. */
class DetectorRun {
  /** Scores that no example changes, by attack. */
  private readonly known = new Map<Poisoned, Float64Array>();
  /** Between two calls: many detectors compute without a turn for a signal. */
  private readonly turns: Turns;

  constructor(
    readonly detector: Detector,
    private readonly cases: readonly Poisoned[],
    readonly parts: Parts,
    private readonly options: ProtocolOptions,
  ) {
    this.turns = new Turns(options.signal);
  }

  /** Why the detector cannot judge an attack, if it cannot. */
  lacks(one: Poisoned): string | undefined {
    const { needs } = this.detector;
    if (needs === 'examples' && this.others(one).length === 0) {
      return 'it learns from labels of another attack, and there is none';
    }
    if (needs === 'targets' && !one.attack.targets?.length) return 'its targets are not known';
    return undefined;
  }

  others(one: Poisoned): Poisoned[] {
    const others = this.cases.filter(({ attack }) => attack.method !== one.attack.method);
    const shares = ({ attack }: Poisoned) =>
      attack.targets?.some((item) => one.attack.targets?.includes(item));
    const disjoint = others.filter((other) => !shares(other));
    return this.options.disjointTargets && disjoint.length > 0 ? disjoint : others;
  }

  /** The scores of all users in the presence of `one`, learned from attacks other than `apart`. */
  async scores(one: Poisoned, apart: Poisoned): Promise<Float64Array> {
    const { detector } = this;
    const known = this.known.get(one);
    if (known) return known;
    const isTaught = detector.needs === 'examples';
    const examples = isTaught ? this.others(apart).map((other) => this.example(other)) : undefined;
    const scores = await this.call(one, examples);
    if (!isTaught) this.known.set(one, scores);
    return scores;
  }

  /** One call of the detector. */
  async call(one: Poisoned, examples?: readonly Labelled[]): Promise<Float64Array> {
    const { seed, device, signal, onProgress } = this.options;
    const { targets } = one.attack;
    const told: DetectorOptions = { seed, examples, targets, device, signal, onProgress };
    await this.turns.pass();
    return this.detector.scores(one.clicks, told);
  }

  private example({ clicks, genuine }: Poisoned): Labelled {
    return { clicks, labels: labelsOf(clicks.rows, genuine, this.parts), shared: genuine };
  }

  /**
   * The threshold for `one`: the quantile over the calibration users' scores in the presence of
   * other attacks. A detector that learns is asked once, since each call learns anew.
   */
  async threshold(one: Poisoned, falseAlarms: number): Promise<number | null> {
    const { needs } = this.detector;
    const others = this.others(one).filter((other) => !(needs === 'targets' && this.lacks(other)));
    const asked = needs === 'examples' ? others.slice(0, 1) : others;
    if (asked.length === 0) return null;
    const scores: number[] = [];
    for (const other of asked) {
      const all = await this.scores(other, one);
      for (const user of this.parts.calibration) scores.push(all[user]);
    }
    return thresholdOf(scores, falseAlarms);
  }
}

async function judged(
  run: DetectorRun,
  one: Poisoned,
  train: SparseMatrix,
  options: ProtocolOptions,
): Promise<DetectionResult> {
  const { seed, falseAlarms = 0.01, resamples = 500, leaky, signal } = options;
  const started = performance.now();
  const scores = await run.scores(one, one);
  const seconds = (performance.now() - started) / 1000;
  const threshold = await run.threshold(one, falseAlarms);
  const { judged: users } = run.parts;
  const genuine = Float64Array.from(users, (user) => scores[user]);
  const lengths = users.map((user) => train.indptr[user + 1] - train.indptr[user]);
  const scored = {
    scores: joined(genuine, scores.subarray(one.genuine)),
    fake: new Uint8Array(users.length + one.attack.fakes.rows).fill(1, users.length),
  };
  return {
    detector: run.detector.name,
    attack: one.attack.name,
    ...(await judge(scored, { seed, resamples, threshold, signal })),
    threshold,
    cost: threshold === null ? null : costOf(genuine, lengths, threshold),
    ...(leaky && {
      leaky: await leakyJudgement(run, one, scores, { seed, resamples, falseAlarms, signal }),
    }),
    scores,
    seconds,
  };
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
