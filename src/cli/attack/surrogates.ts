/** @file The surrogates of an attack and its held-out judges, of each kind and each seed. */

import {
  type AttackSeeds,
  type AttackSettings,
  attackSeeds,
  type AttackOptions as LearnOptions,
} from '../../attack/index.ts';
import type { Tree } from '../../autodiff/index.ts';
import type { SparseMatrix } from '../../data/index.ts';
import { UserError } from '../../errors.ts';
import {
  type Settings,
  type Surrogate,
  type SurrogateKind,
  surrogateKind,
} from '../../models/index.ts';
import { settingsOf } from '../model-options.ts';
import { parseMethod } from './method.ts';
import type { AttackOptions } from './plan.ts';

/** A kind of surrogate with its settings and, in words, its estimator. */
export interface SurrogateChoice {
  readonly kind: SurrogateKind;
  readonly settings: Settings;
  readonly method: string;
}

/**
 * The surrogates that the settings of an attack name, such as `wrmf-sgd,item-ae`, and the estimator
 * of each: one for all, or as many. Throws a UserError for names that are not known or come twice.
 */
export function surrogateChoices(
  settings: AttackSettings,
  options: AttackOptions,
): readonly SurrogateChoice[] {
  const names = `${settings.surrogate}`.split(',');
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice) throw new UserError(`--surrogate: ${twice} is named twice`);
  // An attack that takes no hypergradient names none.
  const methods = `${settings.method ?? 'partial'}`.split(',');
  if (methods.length !== 1 && methods.length !== names.length) {
    throw new UserError(
      `--method: expected one, or one for each of the ${names.length} surrogates, got ${settings.method}`,
    );
  }
  const kinds = names.map(surrogateKind);
  const own = settingsOf(kinds, options);
  return kinds.map((kind, i) => ({
    kind,
    settings: own[i],
    method: methods[methods.length === 1 ? 0 : i],
  }));
}

/** The settings of all, those of several under the names of their kinds. */
export function settingsOfAll(choices: readonly SurrogateChoice[]): Settings {
  if (choices.length === 1) return choices[0].settings;
  const entries = choices.flatMap(({ kind, settings }) =>
    Object.entries(settings).map(([name, value]) => [`${kind.name} ${name}`, value] as const),
  );
  return Object.fromEntries(entries);
}

/** What surrogates train on beside how many fake users, which may click the candidates. */
export interface SurrogateData {
  readonly train: SparseMatrix;
  readonly fakes: number;
  readonly candidates?: Int32Array;
}

/** What an attack learns through, and what judges it. */
export interface AttackModels {
  readonly surrogate: readonly Surrogate[] | ((iteration: number) => readonly Surrogate[]);
  readonly method: LearnOptions<Tree>['method'];
  /** The names of the estimators. They leave checkpoints out: the gradient depends on none. */
  readonly methodNames: string;
  readonly heldOut: readonly Surrogate[];
  readonly seeds: AttackSeeds;
}

/** The surrogates of an iteration. */
export const surrogatesAt = (
  { surrogate }: Pick<AttackModels, 'surrogate'>,
  iteration: number,
): readonly Surrogate[] => (typeof surrogate === 'function' ? surrogate(iteration) : surrogate);

/**
 * Makes them. Those of a later iteration are made when it comes. Throws a UserError for settings
 * that name no seeds or no estimators.
 */
export function attackModels(
  choices: readonly SurrogateChoice[],
  { train, fakes, candidates }: SurrogateData,
  { surrogateSeeds = '1', heldOutSeeds = 0 }: AttackSettings,
  { seed, checkpoints }: Pick<AttackOptions, 'seed' | 'checkpoints'>,
): AttackModels {
  const seeds = attackSeeds(`${surrogateSeeds}`, Number(heldOutSeeds), seed);
  const make = (each: number) =>
    choices.map(({ kind, settings }) =>
      kind.differentiable(train, fakes, settings, each, candidates),
    );
  const first = make(seed);
  const methods = choices.map(({ method }, i) =>
    parseMethod(method, first[i].stepsPerEpoch, checkpoints),
  );
  // All surrogates of a kind have as many steps in an epoch.
  const methodOf = ({ name }: { readonly name: string }) =>
    methods[choices.findIndex(({ kind }) => kind.name === name)];
  const shared = {
    method: methodOf,
    methodNames: methods.map(({ name }) => name).join(', '),
    heldOut: seeds.heldOut.flatMap(make),
    seeds,
  };
  const atFirst = [...first, ...seeds.ofIteration(0).slice(1).flatMap(make)];
  if (!seeds.isNew) return { ...shared, surrogate: atFirst };
  let made = { iteration: 0, surrogates: atFirst };
  const surrogate = (iteration: number) => {
    if (iteration !== made.iteration) {
      made = { iteration, surrogates: seeds.ofIteration(iteration).flatMap(make) };
    }
    return made.surrogates;
  };
  return { ...shared, surrogate };
}
