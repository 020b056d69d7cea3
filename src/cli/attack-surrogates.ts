/** @file The surrogates of an attack and its held-out judges, each of a seed of its own. */

import {
  type AttackSeeds,
  type AttackSettings,
  attackSeeds,
  type Surrogates,
} from '../attack/index.ts';
import type { Tree } from '../autodiff/index.ts';
import type { SparseMatrix } from '../data/index.ts';
import type { Settings, Surrogate, SurrogateKind } from '../models/index.ts';

/** What surrogates are made of: a kind with its settings, on real users beside so many fake ones. */
export interface SurrogatePlan {
  readonly kind: SurrogateKind;
  readonly settings: Settings;
  readonly train: SparseMatrix;
  readonly fakes: number;
  readonly candidates?: Int32Array;
}

/** What an attack learns through, and what judges it. */
export interface AttackModels {
  /** The surrogate of the attack's own seed. */
  readonly first: Surrogate;
  readonly surrogate: Surrogates<Tree>;
  readonly heldOut: readonly Surrogate[];
  readonly seeds: AttackSeeds;
}

/**
 * Makes them. Those of a later iteration are made when it comes. Throws a UserError for settings
 * that name no seeds.
 */
export function attackModels(
  { kind, settings, train, fakes, candidates }: SurrogatePlan,
  { surrogateSeeds = '1', heldOutSeeds = 0 }: AttackSettings,
  seed: number,
): AttackModels {
  const seeds = attackSeeds(`${surrogateSeeds}`, Number(heldOutSeeds), seed);
  const make = (each: number) => kind.differentiable(train, fakes, settings, each, candidates);
  const first = make(seed);
  const heldOut = seeds.heldOut.map(make);
  if (!seeds.isNew) {
    const others = seeds.ofIteration(0).slice(1).map(make);
    return { first, surrogate: [first, ...others], heldOut, seeds };
  }
  let made = { iteration: 0, surrogates: [first] };
  const surrogate = (iteration: number) => {
    if (iteration !== made.iteration) {
      made = { iteration, surrogates: seeds.ofIteration(iteration).map(make) };
    }
    return made.surrogates;
  };
  return { first, surrogate, heldOut, seeds };
}
