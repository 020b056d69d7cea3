/** @file The neutral problems. */

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
