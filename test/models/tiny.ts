/** @file Settings small enough for tests of every kind of recommender. */

import type { ModelKind, Settings } from '../../src/models/index.ts';

/** Small sizes for whatever a kind has of them, in minibatches. */
export function tiny(kind: ModelKind): Settings {
  const sizes: Settings = { epochs: 3, factors: 4, batchSize: 4, negatives: 2, neighbours: 3 };
  const { layers } = kind.synthetic as { layers?: readonly number[] };
  const small = Object.entries(sizes).filter(([name]) => name in kind.synthetic);
  return {
    ...kind.synthetic,
    ...Object.fromEntries(small),
    ...(layers && { layers: layers.map((_, i) => 3 + (i % 2)) }),
  };
}
