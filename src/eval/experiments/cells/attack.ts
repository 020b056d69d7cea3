/** @file The kind `attack`: fake users for a data set, learned through a surrogate or drawn. */

import {
  attackSeeds,
  budgetFor,
  copiedUsers,
  craftFakes,
  firstUsers,
  type Goal,
  learnFakes,
  type Measured,
  matrixOf,
  type Projection,
  randomFiller,
  startAttack,
} from '../../../attack/index.ts';
import { type DataSet, random, type SparseMatrix, writeNpz } from '../../../data/index.ts';
import { UserError } from '../../../errors.ts';
import type { CellContext, CellKind } from '../../../grid/index.ts';
import { type ScoreUsers, type Settings, surrogateKind } from '../../../models/index.ts';
import { readAttackState, writeAttackState } from '../../files/attack-state.ts';
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
  /**
   * A number of surrogates of different seeds, or `new` for another seed in each iteration
   * (`attackSeeds`). Left out, there is one, of the attack's own seed, and none is held out.
   */
  readonly surrogateSeeds?: string;
  /** So many recommenders of further seeds judge which iteration is the best. */
  readonly heldOutSeeds?: number;
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
function planName(plan: RandomFillerPlan | LearnedPlan): string {
  if (plan.attack !== 'learned') return `${plan.attack} of ${plan.fillers}`;
  const { surrogate, unrolled } = plan;
  if (unrolled === 'all') return `${surrogate}, exact`;
  const [[unit, count]] = Object.entries(unrolled);
  const noun = count === 1 ? unit.slice(0, -1) : unit;
  const seeds = plan.surrogateSeeds ? `, seeds ${plan.surrogateSeeds}` : '';
  return `${surrogate}, ${count === 0 ? 'partial' : `last ${count} ${noun}`}${seeds}`;
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

/** The surrogates of an attack and its held-out judges. */
function modelsOf({ count, seed }: AttackConfig, plan: LearnedPlan, train: SparseMatrix) {
  const seeds = attackSeeds(plan.surrogateSeeds ?? '1', plan.heldOutSeeds ?? 0, seed);
  const kind = surrogateKind(plan.surrogate);
  const make = (each: number) => kind.differentiable(train, count, plan.settings, each);
  const first = make(seed);
  const others = seeds.ofIteration(0).slice(1).map(make);
  return {
    stepsPerEpoch: first.stepsPerEpoch,
    heldOut: seeds.heldOut.map(make),
    surrogate: seeds.isNew
      ? (iteration: number) => seeds.ofIteration(iteration).map(make)
      : [first, ...others],
  };
}

async function learn(config: AttackConfig, plan: LearnedPlan, data: DataSet, context: CellContext) {
  const { targets, k } = config;
  const { train } = data;
  const { stepsPerEpoch, ...models } = modelsOf(config, plan, train);
  const { iterations, learningRate, momentum, projection, normalizeRows, clickTargets } = plan;
  const path = context.state('state.npz');
  const stopped = await readAttackState(path, config.count, train.columns, (reason) => {
    throw new UserError(`${path}: not the state of this attack (${reason}): delete it`);
  });
  for (const { seconds } of stopped?.history ?? []) context.spent(seconds);
  const state = stopped ?? startAttack(copiesOf(train, config, plan));
  const { best, history } = await diverged({ name: plan.surrogate }, plan.settings, async () =>
    learnFakes(state, {
      train,
      ...models,
      goal: { kind: 'promote', targets },
      method: estimatorOf(plan.unrolled, stepsPerEpoch),
      iterations,
      learningRate,
      momentum,
      projection,
      normalizeRows,
      clickTargets,
      blockUsers: 1024,
      device: await cellDevice(context),
      measure: (scores) => measureTargets(scores, data, targets, k),
      onIteration: (now) => writeAttackState(path, now),
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
