/** @file Fake users of heuristic attacks, of mean length or of lengths like genuine ones. */

import {
  type Allowance,
  attackKind,
  averageClicks,
  budgetFor,
  craftFakes,
} from '../../../src/attack/index.ts';
import { random } from '../../../src/data/random.ts';
import type { SparseMatrix } from '../../../src/data/sparse.ts';

/** `count` fake users of the attack `name` that promote `target`. */
export async function fakesOf(
  name: string,
  train: SparseMatrix,
  options: { count: number; target: number; seed: number; clicks?: Allowance },
): Promise<SparseMatrix> {
  const { count, target, seed, clicks = averageClicks(train) } = options;
  const goal = { kind: 'promote', targets: [target] } as const;
  const budget = budgetFor(train, count, clicks, goal, random(seed).fork('lengths'));
  return craftFakes(attackKind(name), { train, goal, budget, seed });
}
