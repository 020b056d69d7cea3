/** @file One exact hypergradient of a neutral problem, as numbers. */

import { type Device, exact, hypergradient, readAll, release } from '../../src/autodiff/index.ts';
import type { OpenProblem } from '../../src/eval/problems/problem.ts';

/** The problem is made, traced and differentiated anew each time; compiled programs are there. */
export async function gradientOf({ make }: OpenProblem, device: Device): Promise<number[]> {
  const { gradient, state } = await hypergradient(make().problem, { device, method: exact() });
  const leaves = await readAll(gradient, { device });
  release([gradient, state]);
  return leaves.flatMap((leaf) => Array.from(leaf));
}
