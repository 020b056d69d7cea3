/** @file One exact hypergradient of a neutral problem, as numbers. */

import { type Device, exact, hypergradient, readAll, release } from '../../src/autodiff/index.ts';
import type { NeutralProblem } from './problem.ts';

/** The problem is made, traced and differentiated anew each time; compiled programs are there. */
export async function gradientOf({ problem }: NeutralProblem, device: Device): Promise<number[]> {
  const { gradient, state } = await hypergradient(problem(), { device, method: exact() });
  const leaves = await readAll(gradient, { device });
  release([gradient, state]);
  return leaves.flatMap((leaf) => Array.from(leaf));
}
