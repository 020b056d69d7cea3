/**
 * @file The Lanczos process: a few products with A bound the ends of its spectrum from inside.
 *
 *     β_k v_{k+1} = A v_k - α_k v_k - β_{k-1} v_{k-1},   α_k = v_kᵀ A v_k
 */

import { randomVector } from '../../tape/random-numbers.ts';
import { dot, norm, plus, scaled, type Vector } from '../vectors.ts';
import type { LinearSystem } from './solver.ts';
import { extremes } from './tridiagonal.ts';

/** The extreme Ritz values of a symmetric A after `steps` products, from a random vector. */
export async function ritzValues(
  apply: LinearSystem['apply'],
  length: number,
  steps: number,
): Promise<[least: number, largest: number]> {
  const [diagonal, beside]: number[][] = [[], []];
  const start = randomVector(length, 0);
  let current = scaled(1 / norm(start), start);
  let before: Vector = new Float64Array(length);
  for (let k = 0; k < Math.min(steps, length); k++) {
    const product = await apply(current);
    diagonal.push(dot(current, product));
    const next = plus(plus(product, -diagonal[k], current), -(beside[k - 1] ?? 0), before);
    const size = norm(next);
    // What is left is rounding: the vectors so far span all that A makes of the first.
    if (k + 1 === Math.min(steps, length) || size <= 1e-10 * norm(product)) break;
    beside.push(size);
    before = current;
    current = scaled(1 / size, next);
  }
  return extremes(diagonal, beside);
}
