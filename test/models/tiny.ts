/** @file Settings small enough for tests of every kind of recommender. */

import type { ModelKind, Settings } from '../../src/models/index.ts';

/** Small sizes, in minibatches. */
const tinySettings: { readonly [model: string]: Settings } = {
  'wrmf-sgd': { epochs: 3, batchSize: 4, factors: 4 },
  'wrmf-apr': { epochs: 3, batchSize: 4, factors: 4, pretraining: 1 },
  'wrmf-vat': { epochs: 3, batchSize: 4, factors: 4, pretraining: 1 },
  'wrmf-als': { epochs: 3, factors: 4 },
  'item-ae': { epochs: 3, batchSize: 4, layers: [3, 4, 3] },
  neumf: { epochs: 3, batchSize: 4, negatives: 2, factors: 4, layers: [3, 4] },
  cml: { epochs: 3, batchSize: 4, negatives: 2, factors: 4 },
  'mult-vae': { epochs: 3, batchSize: 4, layers: [3, 4] },
  'item-cf': { neighbours: 3 },
};

/** The settings of a kind for synthetic data, with small sizes. */
export function tiny(kind: ModelKind): Settings {
  const small = tinySettings[kind.name];
  if (!small) throw new Error(`test/models/tiny.ts has no settings of ${kind.name}: add them`);
  return { ...kind.synthetic, ...small };
}
