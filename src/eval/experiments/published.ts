/**
 * @file The attacks and victims of the paper's section 4, with the settings of its published code
 * (Tang, Wen & Wang 2020).
 */

import { publishedAttacks } from '../../attack/index.ts';
import { partOf } from '../../data/part.ts';
import { UserError } from '../../errors.ts';
import { type Cell, defineCell } from '../../grid/index.ts';
import { modelKind, type Settings } from '../../models/index.ts';
import { type Estimate, estimate } from '../metrics/interval.ts';
import type { Stratum } from '../metrics/strata.ts';
import {
  type AttackConfig,
  type AttackResult,
  attackCell,
  type LearnedPlan,
  type RandomFillerPlan,
} from './cells/attack.ts';
import { tiesOf, type VictimFigures, victimCell } from './cells/victim.ts';
import { dataOf, type Results, type Scope } from './experiment.ts';

/** The names of the attacks, as the paper writes them, in the order of its figure 5(a). */
export const paperAttacks = ['RandFilter', 'WRMF+ALS', 'WRMF+SGD', 'ItemAE', 'ItemAE(PD)'] as const;
/** The name of an attack of the paper. */
export type PaperAttack = (typeof paperAttacks)[number];

/** The models that the paper attacks, by its names, in its order. */
export const victimModels = {
  WRMF: 'wrmf-sgd',
  ItemAE: 'item-ae',
  NCF: 'neumf',
  'Mult-VAE': 'mult-vae',
  CML: 'cml',
  ItemCF: 'item-cf',
} as const;
/** The name of a victim of the paper. */
export type PaperVictim = keyof typeof victimModels;

/** The names of the victims. */
export const paperVictims = Object.keys(victimModels) as PaperVictim[];

/** Length of the recommendations: HR@50, Recall@50. */
export const listLength = 50;

/** The settings of a model: the published ones, or, quick, smaller ones of the same model. */
export function settingsFor(model: string, quick: boolean): Settings {
  const { defaults, synthetic } = modelKind(model);
  if (!quick) return defaults;
  const small = Object.entries(synthetic).map(([name, value]) => {
    return [name, name === 'epochs' ? Math.min(Number(value), 20) : value];
  });
  return Object.fromEntries(small);
}

/** The epochs that a method of the published attacks unrolls. */
const epochsOf = (method: unknown): number =>
  Number(/^truncated:(\d+)epochs$/.exec(`${method}`)?.[1] ?? 0);

/** A learned attack of the paper, which all unroll so many epochs. */
interface PublishedPlan extends LearnedPlan {
  readonly unrolled: { readonly epochs: number };
}

/** The whole configuration of a learned attack of the paper. */
export function learnedPlan(
  name: Exclude<PaperAttack, 'RandFilter'>,
  quick: boolean,
): PublishedPlan {
  const published = publishedAttacks.find((attack) => attack.name === name)?.settings;
  if (!published) throw new Error(`internal: ${name} is no published attack`);
  const { surrogate, method, iterations, outerRate, outerMomentum, projection } = published;
  const epochs = epochsOf(method);
  return {
    attack: 'learned',
    surrogate: `${surrogate}`,
    settings: settingsFor(`${surrogate}`, quick),
    unrolled: { epochs: quick ? Math.ceil(epochs / 5) : epochs },
    iterations: quick ? 5 : Number(iterations),
    learningRate: Number(outerRate),
    momentum: Number(outerMomentum),
    projection: { kind: 'threshold', rho: Number(`${projection}`.replace('threshold:', '')) },
    normalizeRows: published.normalizeRows === true,
    clickTargets: published.clickTargets === true,
    copies: { which: 'first', mostClicks: Number(published.copyLimit) },
    precision: 'f32',
  };
}

/** The whole configuration of an attack of the paper. */
export function planOf(name: PaperAttack, scope: Scope): LearnedPlan | RandomFillerPlan {
  if (name !== 'RandFilter') return learnedPlan(name, scope.quick);
  const { averageClicks, targets } = dataOf(scope);
  return { attack: 'random-filler', fillers: Math.max(0, averageClicks - targets.head.length) };
}

/** The least users of whom 1 % are a fake one. */
const leastUsers = 100;

/**
 * What an attack on targets of a stratum is on; 1 % of the users are fake. Throws a UserError for
 * data with too few users.
 */
export function attackGround(stratum: Stratum, seed: number, scope: Scope) {
  const { digest, targets, users } = dataOf(scope);
  if (users < leastUsers) {
    throw new UserError(
      `the data have ${users} users, of whom 1 % are no fake user: give --data with at least ${leastUsers}`,
    );
  }
  const count = partOf(0.01, users);
  return { data: digest, stratum, targets: targets[stratum], count, seed };
}

/** An attack by a plan of its own. */
export const attackBy = (
  plan: LearnedPlan | RandomFillerPlan,
  stratum: Stratum,
  seed: number,
  scope: Scope,
): Cell<AttackResult> =>
  defineCell(attackCell, { ...attackGround(stratum, seed, scope), k: listLength, plan });

/** An attack of the paper. */
export const attackOf = (
  name: PaperAttack,
  stratum: Stratum,
  seed: number,
  scope: Scope,
): Cell<AttackResult> => attackBy(planOf(name, scope), stratum, seed, scope);

/**
 * The seed of the victims of a repetition: another than the attack's, since an attacker does not
 * know the victim's.
 */
export const victimSeed = (seed: number): number => 1000 + seed;

/** A victim of an attack; it is measured on the targets of that attack. */
export function attackedVictim(
  model: string,
  attack: Cell<AttackResult>,
  seed: number,
  scope: Scope,
): Cell<VictimFigures> {
  const { stratum, targets } = attack.config as unknown as AttackConfig;
  const config = victimConfig(model, { [stratum]: targets }, seed, scope);
  return defineCell(victimCell, config, { attack });
}

/** A victim without attack; it is measured on the targets of all strata. */
export const cleanVictim = (model: string, seed: number, scope: Scope): Cell<VictimFigures> =>
  defineCell(victimCell, victimConfig(model, { ...dataOf(scope).targets }, seed, scope));

/** A victim of the paper without attack or under one on targets of a stratum, a cell for each seed. */
export const victimCells = (
  victim: PaperVictim,
  method: 'Clean' | PaperAttack,
  stratum: Stratum,
  scope: Scope,
): Cell<VictimFigures>[] =>
  scope.seeds.map((seed) => {
    const model = victimModels[victim];
    if (method === 'Clean') return cleanVictim(model, seed, scope);
    return attackedVictim(model, attackOf(method, stratum, seed, scope), seed, scope);
  });

/** The mean HR@50 of the targets over those of `victimCells` that are done; null if none is. */
export function hitRateOf(
  victim: PaperVictim,
  method: 'Clean' | PaperAttack,
  stratum: Stratum,
  scope: Scope,
  results: Results,
): Estimate | null {
  const all = victimCells(victim, method, stratum, scope).map((cell) => results.of(cell));
  return estimate(all.flatMap((result) => (result ? [result.targets[stratum].hitRate] : [])));
}

function victimConfig(
  model: string,
  targets: { readonly [name: string]: readonly number[] },
  seed: number,
  scope: Scope,
) {
  return {
    data: dataOf(scope).digest,
    model,
    settings: settingsFor(model, scope.quick),
    seed: victimSeed(seed),
    k: listLength,
    targets,
    precision: 'f32',
    ...tiesOf(model),
  } as const;
}
