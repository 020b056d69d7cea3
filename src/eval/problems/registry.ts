/** @file The neutral problems. */

import { UserError } from '../../errors.ts';
import { hyperCleaningProblem } from './hyper-cleaning.ts';
import { logisticRegressionProblem } from './logistic-regression.ts';
import { mamlProblem } from './maml.ts';
import type { NeutralProblem } from './problem.ts';
import { quadraticProblem } from './quadratic.ts';
import { ridgeProblem } from './ridge.ts';
import { wrmfProblem } from './wrmf.ts';

/** All of them. */
export const neutralProblems: readonly NeutralProblem[] = [
  logisticRegressionProblem,
  quadraticProblem,
  ridgeProblem,
  hyperCleaningProblem,
  mamlProblem,
  wrmfProblem,
];

/** The problem of a name. Throws a UserError that lists all names. */
export function neutralProblem(name: string): NeutralProblem {
  const found = neutralProblems.find((problem) => problem.name === name);
  if (found) return found;
  const names = neutralProblems.map((problem) => problem.name).join(', ');
  throw new UserError(`problem ${name} is not known: there are ${names}`);
}
