/** @file The common way to judge detectors, which leaks: what it flatters is a finding. */

import { random } from '../../data/portable.ts';
import type { Detector, Labelled } from '../../defence/index.ts';
import type { Poisoned } from './attack-case.ts';
import { bestThreshold, type Judgement, judge } from './judge.ts';
import { rocAuc, type Scored } from './roc.ts';

/** A judgement by the labels of the attack itself. */
export interface LeakyJudgement extends Judgement {
  /** Whether the scores were turned around because that fits the labels better. */
  readonly turned: boolean;
}

/** Folds of the cross-validation, as published for DegreeSAD. */
const folds = 5;

/**
 * Judges on all users of one attack, with labels of the same attack: a detector that learns is
 * cross-validated within it, the sign is the better one, and the threshold is that of the users
 * judged. `scores` are those of a detector that does not learn.
 */
export async function leakyJudgement(
  run: {
    readonly detector: Detector;
    call(one: Poisoned, examples?: readonly Labelled[]): Promise<Float64Array>;
  },
  one: Poisoned,
  scores: Float64Array,
  {
    seed,
    resamples,
    falseAlarms,
    signal,
  }: { seed: number; resamples: number; falseAlarms: number; signal?: AbortSignal },
): Promise<LeakyJudgement> {
  const fake = new Uint8Array(one.clicks.rows).fill(1, one.genuine);
  const given =
    run.detector.needs === 'examples' ? await crossValidated(run, one, fake, seed) : scores;
  const turned = rocAuc({ scores: given, fake }) < 0.5;
  const scored: Scored = { scores: turned ? given.map((x) => -x) : given, fake };
  const threshold = bestThreshold(scored, falseAlarms);
  return { ...(await judge(scored, { seed, resamples, threshold, signal })), turned };
}

/** The scores of each fifth of the users, learned from the labels of the others. */
async function crossValidated(
  run: { call(one: Poisoned, examples?: readonly Labelled[]): Promise<Float64Array> },
  one: Poisoned,
  fake: Uint8Array,
  seed: number,
): Promise<Float64Array> {
  const { clicks, genuine } = one;
  const order = Int32Array.from(fake, (_, user) => user);
  const draw = random(seed).fork('folds');
  // Each fold has its share of the genuine and of the fake users.
  draw.shuffle(order.subarray(0, genuine));
  draw.shuffle(order.subarray(genuine));
  const all = new Float64Array(clicks.rows);
  for (let fold = 0; fold < folds; fold++) {
    const held = order.filter((_, i) => i % folds === fold);
    const labels = Int8Array.from(fake);
    for (const user of held) labels[user] = -1;
    const scores = await run.call(one, [{ clicks, labels, shared: clicks.rows }]);
    for (const user of held) all[user] = scores[user];
  }
  return all;
}
