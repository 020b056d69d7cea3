/** @file The recommenders by name. */

import { UserError } from '../errors.ts';
import { collaborativeMetricLearning } from './kinds/cml.ts';
import { itemAutoencoder } from './kinds/item-ae.ts';
import { itemCf } from './kinds/item-cf.ts';
import { variationalAutoencoder } from './kinds/mult-vae.ts';
import { neuralMatrixFactorization } from './kinds/neumf.ts';
import { alternatingLeastSquares } from './kinds/wrmf-als.ts';
import { wrmfSgd } from './kinds/wrmf-sgd.ts';
import type { ModelKind } from './trained-model.ts';

/** Forgets the type of the settings, which each kind checks no more than by its type. */
const anyKind = <S>(kind: ModelKind<S>): ModelKind => kind as unknown as ModelKind;

export const modelKinds: readonly ModelKind[] = [
  anyKind(wrmfSgd),
  anyKind(alternatingLeastSquares),
  anyKind(itemAutoencoder),
  anyKind(neuralMatrixFactorization),
  anyKind(collaborativeMetricLearning),
  anyKind(variationalAutoencoder),
  anyKind(itemCf),
];

export const modelNames: readonly string[] = modelKinds.map(({ name }) => name);

/** A kind whose training can be differentiated, for attacks. */
export type SurrogateKind = ModelKind & Required<Pick<ModelKind, 'surrogate'>>;

const surrogateKinds = modelKinds.filter((kind): kind is SurrogateKind => 'surrogate' in kind);

export const surrogateNames: readonly string[] = surrogateKinds.map(({ name }) => name);

/** Throws a UserError that names the models there are. */
export const modelKind = (name: string): ModelKind => find(modelKinds, 'model', name);

/** Throws a UserError that names the surrogates there are. */
export const surrogateKind = (name: string): SurrogateKind =>
  find(surrogateKinds, 'surrogate', name);

function find<K extends ModelKind>(kinds: readonly K[], what: string, name: string): K {
  const found = kinds.find((kind) => kind.name === name);
  if (found) return found;
  const names = kinds.map((kind) => kind.name).join(', ');
  throw new UserError(`${what} ${name} is not known; there are ${names}`);
}
