/** @file The kind `attack`: fake users for a data set, learned through a surrogate or drawn. */

import {
  budgetFor,
  copiedUsers,
  craftFakes,
  type Goal,
  learnFakes,
  type Measured,
  matrixOf,
  type Projection,
  randomFiller,
  startAttack,
} from '../../../attack/index.ts';
import {
  type DataSet,
  fromPairs,
  random,
  rowOf,
  type SparseMatrix,
  writeNpz,
} from '../../../data/index.ts';
import { UserError } from '../../../errors.ts';
import type { CellContext, CellKind } from '../../../grid/index.ts';
import { type ScoreUsers, type Settings, surrogateKind } from '../../../models/index.ts';
import { measure } from '../../metrics/measure.ts';
import { diverged } from '../../training/diverged.ts';
import { readStudyData } from '../study-data.ts';
import { type AttackLine, cellDevice, estimatorOf, linesOf, type Unrolled } from './attack-run.ts';

/** The random attack (Lam & Riedl 2004): the targets, and so many other items. */
export interface RandomFillerPlan {
  readonly attack: 'random-filler';
  readonly fillers: number;
}

/** The learned attack (Tang, Wen & Wang 2020, Algorithm 1). */
export interface LearnedPlan {
  readonly attack: 'learned';
  readonly surrogate: string;
  /** All settings of the surrogate. */
  readonly settings: Settings;
  readonly unrolled: Unrolled;
  /** Updates of the fake users, T. The best of all iterations is kept. */
  readonly iterations: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly projection: Projection;
  readonly normalizeRows: boolean;
  readonly clickTargets: boolean;
  /** They start as copies of real users of at most so many clicks: the first ones, or drawn ones. */
  readonly copies: { readonly which: 'first' | 'drawn'; readonly mostClicks: number };
  readonly precision: 'f32';
}

/** All that fake users depend on. */
export interface AttackConfig {
  /** The digest of the data (`studyDigest`). */
  readonly data: string;
  /** What the targets are, for people. */
  readonly stratum: string;
  /** The items that are promoted, by inner number. */
  readonly targets: readonly number[];
  /** Fake users. */
  readonly count: number;
  /** Length of the recommendations in which targets are to be. */
  readonly k: number;
  readonly seed: number;
  readonly plan: RandomFillerPlan | LearnedPlan;
}

/** What an attack gives, beside its file `fakes.npz`. */
export interface AttackResult {
  /** Clicks of all fake users. */
  readonly clicks: number;
  /** Clicks of the fake users on the targets. */
  readonly targetClicks: number;
  /** Of a learned attack; the figures are those of its surrogate. */
  readonly best: { readonly iteration: number; readonly quality: number } | null;
  readonly history: readonly AttackLine[];
}

/** Fake users. */
export const attackCell: CellKind<AttackConfig, AttackResult> = {
  name: 'attack',
  version: 1,
  describe: ({ plan, stratum, seed }) => `${planName(plan)}, ${stratum} items, seed ${seed}`,
  data: ({ data }) => [data],
  memory: ({ plan }) => (plan.attack === 'learned' ? 3e9 : 0.5e9),
  async run(config, _inputs, context) {
    const data = await readStudyData(context.data(config.data), config.data);
    const { plan } = config;
    const made =
      plan.attack === 'learned' ? learn(config, plan, data, context) : draw(config, plan, data);
    const { fakes, ...rest } = await made;
    await writeNpz(context.file('fakes.npz'), fakes);
    const targetClicks = fakes.indices.filter((item) => config.targets.includes(item)).length;
    return { clicks: fakes.indices.length, targetClicks, ...rest };
  },
};

/** A plan in a few words. */
export function planName(plan: RandomFillerPlan | LearnedPlan): string {
  if (plan.attack !== 'learned') return `${plan.attack} of ${plan.fillers}`;
  const { surrogate, unrolled } = plan;
  if (unrolled === 'all') return `${surrogate}, exact`;
  const [[unit, count]] = Object.entries(unrolled);
  return count === 0 ? `${surrogate}, partial` : `${surrogate}, last ${count} ${unit}`;
}

async function draw(
  { targets, count, seed }: AttackConfig,
  { fillers }: RandomFillerPlan,
  { train }: DataSet,
) {
  const goal: Goal = { kind: 'promote', targets };
  const budget = budgetFor(train, count, targets.length + fillers, goal, random(seed));
  const fakes = await craftFakes(randomFiller, { train, goal, budget, seed });
  return { fakes, best: null, history: [] };
}

/** The first `count` real users of at most `mostClicks` clicks. Throws a UserError if they are fewer. */
function firstUsers(train: SparseMatrix, count: number, mostClicks: number): SparseMatrix {
  const pairs: [number, number][] = [];
  let rows = 0;
  for (let user = 0; user < train.rows && rows < count; user++) {
    const clicks = rowOf(train, user);
    if (clicks.length > mostClicks) continue;
    for (const item of clicks) pairs.push([rows, item]);
    rows++;
  }
  if (rows === count) return fromPairs(pairs, count, train.columns);
  throw new UserError(
    `${rows} users have at most ${mostClicks} clicks, and ${count} are to be copied`,
  );
}

/** The fake users that a learned attack starts from. */
export function copiesOf(
  train: SparseMatrix,
  { count, seed }: Pick<AttackConfig, 'count' | 'seed'>,
  { copies }: Pick<LearnedPlan, 'copies'>,
): SparseMatrix {
  if (copies.which === 'drawn') {
    return copiedUsers(train, count, copies.mostClicks, random(seed).fork('copied users'));
  }
  return firstUsers(train, count, copies.mostClicks);
}

async function learn(config: AttackConfig, plan: LearnedPlan, data: DataSet, context: CellContext) {
  const { targets, count, seed, k } = config;
  const { train } = data;
  const surrogate = surrogateKind(plan.surrogate).differentiable(train, count, plan.settings, seed);
  const { iterations, learningRate, momentum, projection, normalizeRows, clickTargets } = plan;
  const { best, history } = await diverged({ name: plan.surrogate }, plan.settings, async () =>
    learnFakes(startAttack(copiesOf(train, config, plan)), {
      train,
      surrogate,
      goal: { kind: 'promote', targets },
      method: estimatorOf(plan.unrolled, surrogate.stepsPerEpoch),
      iterations,
      learningRate,
      momentum,
      projection,
      normalizeRows,
      clickTargets,
      blockUsers: 1024,
      device: await cellDevice(context),
      measure: (scores) => measureTargets(scores, data, targets, k),
    }),
  );
  const { iteration, quality } = best;
  const fakes = matrixOf(best.fakes, train.columns);
  return { fakes, best: { iteration, quality }, history: linesOf(history) };
}

async function measureTargets(
  scores: ScoreUsers,
  data: DataSet,
  targets: readonly number[],
  k: number,
): Promise<Measured> {
  const { targetHitRate, targetMeanRank, recall } = await measure(scores, data, { k, targets });
  return { quality: targetHitRate, figures: { targetHitRate, targetMeanRank, recall } };
}
