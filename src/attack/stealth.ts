/** @file Penalties that keep fake users near genuine ones in a feature that detectors read. */

import { add, div, matmul, mul, square, sub, sum, type Tensor, tensor } from '../autodiff/index.ts';
import { columnCounts, type SparseMatrix } from '../data/sparse.ts';
import { ofEachUser } from '../defence/features/feature.ts';
import { mud } from '../defence/index.ts';

/** A feature of profiles that a penalty holds near its genuine mean. */
export const stealthFeatures = ['none', 'mud', 'likelihood'] as const;
/** The name of such a feature, or `none`. */
export type StealthFeature = (typeof stealthFeatures)[number];

/** The mean and the standard deviation of a feature over the users who have a click. */
function spreadOf(train: SparseMatrix, values: Float64Array) {
  const all = values.filter((_, user) => train.indptr[user + 1] > train.indptr[user]);
  const mean = all.reduce((total, value) => total + value, 0) / all.length;
  const variance = all.reduce((total, value) => total + (value - mean) ** 2, 0) / all.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

/** A number for each of some items, `[columns, 1]`. */
const columnOf = (values: Float64Array, items: Int32Array | undefined): Tensor => {
  const own = items ? Float64Array.from(items, (item) => values[item]) : values;
  return tensor(own, [own.length, 1]);
};

/**
 * What a click on each item adds to the negative log-likelihood of a profile, in nats, where all
 * users click item i with probability d_i / users: log((users - d_i) / d_i). An item that nobody
 * clicks counts one click, the fake user's own, and one that all click, all but one.
 */
export function clickSurprise(train: SparseMatrix): Float64Array {
  const { rows } = train;
  return Float64Array.from(columnCounts(train), (clicks) => {
    const d = Math.min(rows - 1, Math.max(1, clicks));
    return Math.log((rows - d) / d);
  });
}

/**
 * The penalty of fake users `[fakes, columns]`, a scalar: `weight` times the sum over them of the
 * squared distance of a feature to its mean over real users, in their standard deviations. `mud` is
 * the mean popularity of the clicks (DegreeSAD), `likelihood` that of a profile under popularity
 * alone. Columns are the `candidates`, by default all items. Popularity is that among real users.
 */
export function stealthPenalty(
  feature: Exclude<StealthFeature, 'none'>,
  weight: number,
  train: SparseMatrix,
  candidates?: Int32Array,
): (fakes: Tensor) => Tensor {
  const isMud = feature === 'mud';
  const perClick = isMud ? Float64Array.from(columnCounts(train)) : clickSurprise(train);
  const values = isMud
    ? mud.values(train)
    : ofEachUser(train, (items) => items.reduce((total, item) => total + perClick[item], 0));
  const { mean, deviation } = spreadOf(train, values);
  const column = columnOf(perClick, candidates);
  return (fakes) => {
    const total = matmul(fakes, column);
    // A fake user without clicks has the feature 0, and its derivative is finite.
    const clicks = add(sum(fakes, -1, { keepDims: true }), 1e-9);
    const own = isMud ? div(total, clicks) : total;
    return mul(weight, sum(square(div(sub(own, mean), deviation))));
  };
}
