/** @file The recommenders by name. */

import { named } from '../named.ts';
import { cmlKind } from './cml.ts';
import { itemAeKind } from './item-ae.ts';
import { itemCfKind } from './item-cf.ts';
import type { ModelKind, SurrogateKind } from './kind.ts';
import { multVaeKind } from './mult-vae.ts';
import { neumfKind } from './neumf.ts';
import { wrmfAlsKind } from './wrmf-als.ts';
import { wrmfAprKind } from './wrmf-apr.ts';
import { wrmfSgdKind } from './wrmf-sgd.ts';
import { wrmfVatKind } from './wrmf-vat.ts';

/**
 * All kinds of recommenders. A kind takes settings of its own type through methods, so each is
 * also a `ModelKind`, whose settings the caller must have taken from the same kind.
 */
export const modelKinds: readonly ModelKind[] = [
  wrmfSgdKind,
  wrmfAlsKind,
  wrmfAprKind,
  wrmfVatKind,
  itemAeKind,
  neumfKind,
  cmlKind,
  multVaeKind,
  itemCfKind,
];

/** The names of all kinds. */
export const modelNames: readonly string[] = modelKinds.map(({ name }) => name);

/** The names of the kinds that are no defended form of another. */
export const victimNames: readonly string[] = modelKinds
  .filter((kind) => !kind.defends)
  .map(({ name }) => name);

const surrogateKinds = modelKinds.filter((kind): kind is SurrogateKind => 'differentiable' in kind);

/** The names of the kinds that can be a surrogate. */
export const surrogateNames: readonly string[] = surrogateKinds.map(({ name }) => name);

/** The kind of this name. Throws a UserError that lists the names of all. */
export const modelKind = (name: string): ModelKind => named(modelKinds, 'model', name);

/** The kind of this name that can be a surrogate. Throws a UserError that lists their names. */
export const surrogateKind = (name: string): SurrogateKind =>
  named(surrogateKinds, 'surrogate', name);
