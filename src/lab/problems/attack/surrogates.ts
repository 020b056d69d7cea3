/** @file The recommenders that the attack is learned through, each loaded when it is chosen. */

import type { SurrogateKind } from '../../../models/index.ts';
import type { Surrogate } from './about.ts';

const loaders: Readonly<Record<Surrogate, () => Promise<SurrogateKind>>> = {
  'wrmf-sgd': async () => (await import('../../../models/wrmf-sgd.ts')).wrmfSgdKind,
  'wrmf-als': async () => (await import('../../../models/wrmf-als.ts')).wrmfAlsKind,
  'item-ae': async () => (await import('../../../models/item-ae.ts')).itemAeKind,
};

/** The recommender of a name. */
export const surrogateOf = (name: Surrogate): Promise<SurrogateKind> => loaders[name]();
