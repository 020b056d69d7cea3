/** @file The estimators that a comparison runs: by their words, or a choice by the problem's size. */

import {
  cg,
  direct,
  drMad,
  type Estimator,
  exact,
  finiteDifferences,
  fixedPoint,
  forward,
  implicit,
  leaves,
  neumann,
  normalCg,
  nystrom,
  oneStep,
  partial,
  type Solver,
  type Tree,
  truncated,
} from '../../autodiff/index.ts';
import { UserError } from '../../errors.ts';
import type { ComparedProblem } from '../problems/problem.ts';

/** What is added to the diagonal by `nystrom`. */
const rho = 1e-3;

/** `exact` with checkpoints, named so that its row is told from that without. */
const checkpointed = (checkpoints: number): Estimator => ({
  ...exact({ checkpoints }),
  name: `exact({ checkpoints: ${checkpoints} })`,
});

/** Words of estimators: what one makes of a problem and of the number behind its colon. */
interface MethodWord {
  /** What the number is; undefined where there is none. */
  readonly number?: string;
  /** Whether the number may be left out. */
  readonly optional?: boolean;
  make(of: ComparedProblem, count: number): Estimator;
}

/** Throws a UserError where the problem gives no loss. */
function solved({ inner }: ComparedProblem, solver: Solver): Estimator {
  if (solver.matrix === 'hessian' && !inner?.loss) {
    throw new UserError(
      `methods: ${solver.name} needs the loss that the training lowers: the module must give it as loss`,
    );
  }
  return implicit<Tree, Tree, Tree, Tree>(
    solver.matrix === 'map' ? { solver } : { ...inner, solver },
  );
}

function rateOf({ rate }: ComparedProblem): number {
  if (rate !== undefined) return rate;
  throw new UserError(
    'methods: neumann needs a step of gradient descent on the loss that converges: the module must ' +
      'give it as rate',
  );
}

/** The estimators by the words of the command line. */
export const methodWords: { readonly [word: string]: MethodWord } = {
  exact: {
    number: 'checkpoints',
    optional: true,
    make: (_, count) => (count ? checkpointed(count) : exact()),
  },
  truncated: { number: 'steps', make: (_, count) => truncated(count) },
  partial: { make: () => partial() },
  drmad: { make: () => drMad() },
  forward: { make: () => forward() },
  differences: { make: () => finiteDifferences() },
  cg: { number: 'iterations', make: (of, iterations) => solved(of, cg({ iterations })) },
  'normal-cg': {
    number: 'iterations',
    make: (of, iterations) => solved(of, normalCg({ iterations })),
  },
  neumann: {
    number: 'terms',
    make: (of, terms) => solved(of, neumann({ step: rateOf(of), terms })),
  },
  'fixed-point': {
    number: 'iterations',
    make: (of, iterations) => solved(of, fixedPoint({ iterations })),
  },
  nystrom: { number: 'rank', make: (of, rank) => solved(of, nystrom({ rank, rho })) },
  'one-step': { make: (of) => solved(of, oneStep()) },
  direct: { make: (of) => solved(of, direct()) },
};

const shown = ([word, { number, optional }]: [string, MethodWord]): string =>
  number ? (optional ? `${word}[:${number}]` : `${word}:${number}`) : word;

/** How the words are written, for help and errors. */
export const methodHelp = Object.entries(methodWords).map(shown).join(', ');

/** The estimators of a list such as `exact,truncated:10,cg:20`. Throws a UserError. */
export function methodsOf(of: ComparedProblem, list: string): Estimator[] {
  return list.split(',').map((text) => {
    const [, name, digits] = /^([a-z-]+)(?::(\d+))?$/.exec(text) ?? [];
    const word = Object.hasOwn(methodWords, name ?? '') ? methodWords[name] : undefined;
    const count = digits === undefined ? undefined : Number(digits);
    const least = name === 'truncated' ? 0 : 1;
    const fits =
      word &&
      (count === undefined
        ? !word.number || word.optional
        : word.number && Number.isSafeInteger(count) && count >= least);
    if (!fits) throw new UserError(`methods: expected ${methodHelp}, got ${text || 'nothing'}`);
    return word.make(of, count ?? 0);
  });
}

/** Cells of the inputs times steps beyond which one training for each cell takes too long. */
const fewRuns = 5e4;
/** Parameters whose whole Hessian is soon computed. */
const fewParameters = 500;

/** Cells of a tree. */
export const cellsIn = (tree: Tree): number =>
  leaves(tree).reduce((cells, { size }) => cells + size, 0);

/** What is affordable where the problem's size alone does not say so. */
export interface Affordable {
  /**
   * Whether estimators are among them that train once for each cell of the inputs; default where
   * the cells times the steps are at most 5e4.
   */
  readonly each?: boolean;
}

/** The estimators that suit a problem: those it names, or all that its size makes affordable. */
export function suitableMethods(
  of: ComparedProblem,
  { each = cellsIn(of.problem.inputs) * of.problem.steps <= fewRuns }: Affordable = {},
): readonly Estimator[] {
  const { problem, inner, methods, rate } = of;
  if (methods) return methods;
  const { steps } = problem;
  const taus = [1, Math.ceil(steps / 10), Math.ceil(steps / 2)].filter(
    (tau, i, all) => tau < steps && all.indexOf(tau) === i,
  );
  const root = Math.ceil(Math.sqrt(steps));
  return [
    exact(),
    ...(root > 1 && root < steps ? [checkpointed(root)] : []),
    ...taus.reverse().map((tau) => truncated(tau)),
    partial(),
    drMad(),
    ...(each ? [forward(), finiteDifferences()] : []),
    ...(steps > 0
      ? [oneStep(), fixedPoint({ iterations: Math.max(1, Math.ceil(steps / 2)) })].map((solver) =>
          solved(of, solver),
        )
      : []),
    ...(inner?.loss ? hessianSolvers(of, rate).map((solver) => solved(of, solver)) : []),
  ];
}

function hessianSolvers({ problem, inner }: ComparedProblem, step?: number): Solver[] {
  const state = problem.init(problem.inputs);
  const size = cellsIn(inner?.parameters ? inner.parameters(state) : state);
  return [
    cg({ iterations: 20 }),
    normalCg({ iterations: 20 }),
    ...(step === undefined ? [] : [neumann({ step, terms: 50 })]),
    nystrom({ rank: Math.min(20, size), rho }),
    ...(size <= fewParameters ? [direct()] : []),
  ];
}
