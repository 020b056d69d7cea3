/** @file Classic attacks on the synthetic data, written for the tests of detectors alone. */

import { type Random, random } from '../../../src/data/random.ts';
import { columnCounts, fromPairs, rowOf, type SparseMatrix } from '../../../src/data/sparse.ts';

/** The items of one fake user beside the target. */
type Fillers = (train: SparseMatrix, length: number, draw: Random) => Iterable<number>;

/** `count` different items with chances that follow `weights`, by Efraimidis and Spirakis. */
const weighted = (weights: ArrayLike<number>, count: number, draw: Random): number[] =>
  Array.from(weights, (weight, item) => ({ item, key: Math.log(draw.uniform()) / weight }))
    .sort((a, b) => b.key - a.key)
    .slice(0, count)
    .map(({ item }) => item);

/** How fake users fill their profiles, by the name of the attack. */
export const fillers: Record<'random' | 'proportional' | 'bandwagon' | 'copies', Fillers> = {
  random: (train, length, draw) => draw.sample(train.columns, length),
  proportional: (train, length, draw) => weighted(columnCounts(train), length, draw),
  bandwagon: (train, length, draw) => {
    const popularity = columnCounts(train);
    const order = Int32Array.from(popularity, (_, item) => item);
    order.sort((a, b) => popularity[b] - popularity[a]);
    const hot = Math.round(length / 10);
    return [...order.subarray(0, hot), ...draw.sample(train.columns, length - hot)];
  },
  copies: (train, _length, draw) => rowOf(train, draw.integer(train.rows)),
};

/** `count` fake users of mean length that click `target`. */
export function fakesOf(
  name: keyof typeof fillers,
  train: SparseMatrix,
  { count, target, seed }: { count: number; target: number; seed: number },
): SparseMatrix {
  const draw = random(seed).fork(name);
  const length = Math.round(train.indices.length / train.rows);
  const pairs: [number, number][] = [];
  for (let user = 0; user < count; user++) {
    pairs.push([user, target]);
    for (const item of fillers[name](train, length - 1, draw)) pairs.push([user, item]);
  }
  return fromPairs(pairs, count, train.columns);
}
