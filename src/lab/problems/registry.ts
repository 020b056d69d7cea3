/** @file The problems of the lab, as the page presents them. */

import { UserError } from '../../errors.ts';
import { syntheticAttack } from './attack/about.ts';
import { cleaning } from './cleaning/about.ts';
import { learningRate } from './learning-rate/about.ts';
import { maml } from './maml/about.ts';
import type { LabProblem } from './problem.ts';

/** All of them; the first one opens where none is named. */
export const labProblems: readonly LabProblem[] = [syntheticAttack, cleaning, learningRate, maml];

/** The problem of a name. Throws a UserError that lists those there are. */
export function labProblem(name: string): LabProblem {
  const found = labProblems.find((problem) => problem.name === name);
  if (found) return found;
  const names = labProblems.map((problem) => problem.name).join(', ');
  throw new UserError(`problem ${name} is not known; there are ${names}`);
}
