/** @file One exact hypergradient of a neutral problem, as numbers. */

import { type Device, exact, hypergradient, readAll, release } from '../../src/autodiff/index.ts';
import type { NeutralProblem, OpenProblem } from '../../src/eval/problems/problem.ts';

/** Trainings long enough that memory is that of the training, where a problem's own are short. */
const longer: Readonly<Record<string, number>> = { quadratic: 3000, ridge: 1000 };

/** Steps of a problem's training in the benchmark. */
export const benchSteps = ({ name, steps }: Pick<NeutralProblem, 'name' | 'steps'>): number =>
  longer[name] ?? steps;

/** The problem is made, traced and differentiated anew each time; compiled programs are there. */
export async function gradientOf({ make }: OpenProblem, device: Device): Promise<number[]> {
  const { gradient, state } = await hypergradient(make().problem, { device, method: exact() });
  const leaves = await readAll(gradient, { device });
  release([gradient, state]);
  return leaves.flatMap((leaf) => Array.from(leaf));
}
