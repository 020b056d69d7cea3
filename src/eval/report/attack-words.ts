/** @file Words on what an attack learned through, what chose its fake users, and on whom. */

import type { Goal } from '../../attack/index.ts';

/** What an attack learned through, and what chose its fake users. */
export interface Judges {
  /** Surrogates that an iteration learns through. */
  readonly surrogates: number;
  /** Whether those of each iteration start from new seeds. */
  readonly isNew: boolean;
  /** Held-out seeds, by whose mean the best iteration is chosen; 0: by that of the surrogates. */
  readonly heldOut: number;
  /** Whether an iteration is chosen; the last is kept where each makes one more fake user. */
  readonly choosesBest: boolean;
}

/** Such as `a held-out seed`; of several, their mean. */
export const heldOutText = ({ heldOut }: Judges): string =>
  heldOut === 1 ? 'a held-out seed' : `the mean of ${heldOut} held-out seeds`;

/** What the fake users are fitted to: one surrogate, or the mean of several. */
export function fittedText({ surrogates, isNew }: Judges): string {
  const all =
    surrogates === 1 ? 'the seed of the surrogate' : `the mean of ${surrogates} surrogates`;
  return isNew ? `${all}, new in each iteration` : all;
}

/** Whom the figures are over: Recall needs users who have tests. */
export const usersText = (goal: Goal['kind']): string =>
  goal === 'untargeted' ? 'the real users with test clicks' : 'all real users';

/** What judges the iterations, and on whom. */
export function judgeText(judges: Judges, goal: Goal['kind']): string {
  const { heldOut, surrogates } = judges;
  const own =
    surrogates === 1 ? 'the surrogate itself' : `the mean of its ${surrogates} surrogates`;
  return `${heldOut > 0 ? heldOutText(judges) : own}, over ${usersText(goal)}`;
}

/** Which iteration is kept, and by what. */
export const keptText = (iteration: number, judges: Judges, goal: Goal['kind']): string =>
  judges.choosesBest
    ? `best at iteration ${iteration}, by ${judgeText(judges, goal)}`
    : `those of the last iteration, ${iteration}, are kept: each makes one more fake user`;
