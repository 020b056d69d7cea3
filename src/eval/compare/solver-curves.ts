/**
 * @file How the solvers of implicit estimators come nearer with each iteration: the residual of the
 * system, recomputed, and the error of the hypergradient.
 */

import {
  add,
  cg,
  type Device,
  fixedPoint,
  hypergradient,
  implicit,
  likenessOf,
  MethodError,
  neumann,
  normalCg,
  readAll,
  release,
  type Solver,
  type Tree,
  train,
} from '../../autodiff/index.ts';
import type { AnyProblem, ComparedProblem } from '../problems/problem.ts';

/** A solver after some iterations. */
export interface SolverPoint {
  readonly iterations: number;
  /** Of the system, relative to its right-hand side, computed from the solution. */
  readonly residual: number;
  /** Of the hypergradient, relative to the exact one. */
  readonly error: number;
}

/** A solver through its iterations, up to where it converged or refused. */
export interface SolverCurve {
  readonly solver: string;
  readonly points: readonly SolverPoint[];
  /** Why there is no further point. */
  readonly refused?: string;
}

/** Iterations after which the solvers are looked at. */
const counts = [1, 2, 3, 5, 10, 20, 50, 100];

type Family = readonly [name: string, of: (count: number) => Solver];

function familiesOf({ problem, inner, rate }: ComparedProblem): Family[] {
  const families: Family[] = [];
  if (inner?.loss) {
    families.push(['cg', (iterations) => cg({ iterations })]);
    families.push(['normalCg', (iterations) => normalCg({ iterations })]);
    if (rate !== undefined) families.push(['neumann', (terms) => neumann({ step: rate, terms })]);
  }
  if (problem.steps > 0) families.push(['fixedPoint', (iterations) => fixedPoint({ iterations })]);
  return families;
}

/** The most points that the curves of a problem have. */
export const solverPoints = (of: ComparedProblem): number => familiesOf(of).length * counts.length;

/** The last step of a problem alone, from the state before it: implicit estimators need no more. */
async function lastStepOf(problem: AnyProblem, device: Device, signal?: AbortSignal) {
  const { steps, batch } = problem;
  const before = await train(
    { ...problem, steps: Math.max(steps - 1, 0) },
    problem.inputs,
    device,
    {
      signal,
    },
  );
  const skipped = Math.max(steps - 1, 0);
  const tail: AnyProblem = {
    ...problem,
    init: () => before,
    step: (state, inputs, data, t) => problem.step(state, inputs, data, add(t, skipped)),
    steps: Math.min(steps, 1),
    ...(batch && { batch: (step: number) => batch(step + skipped) }),
  };
  return { tail, before };
}

/**
 * The curves of `cg`, `normalCg`, `neumann` and `fixedPoint` at the trained point, which cost one
 * training and the products of all points. Errors are to `exact`, all cells of the hypergradient.
 */
export async function solverCurves(
  of: ComparedProblem,
  exact: ArrayLike<number>,
  run: {
    readonly device: Device;
    readonly signal?: AbortSignal;
    readonly onPoint?: () => void;
  },
): Promise<SolverCurve[]> {
  const { tail, before } = await lastStepOf(of.problem, run.device, run.signal);
  try {
    const curves: SolverCurve[] = [];
    for (const [solver, by] of familiesOf(of)) {
      const points: SolverPoint[] = [];
      const refused = await pointsOf({ ...of, problem: tail }, by, points, { ...run, exact });
      curves.push({ solver, points, refused });
    }
    return curves;
  } finally {
    release(before);
  }
}

/** Fills in the points of one solver; returns why it refused. */
async function pointsOf(
  { problem, inner }: ComparedProblem,
  by: (count: number) => Solver,
  points: SolverPoint[],
  run: {
    readonly device: Device;
    readonly signal?: AbortSignal;
    readonly exact: ArrayLike<number>;
    readonly onPoint?: () => void;
  },
): Promise<string | undefined> {
  const { device, signal, exact, onPoint } = run;
  for (const iterations of counts) {
    const solver = by(iterations);
    const given = solver.matrix === 'map' ? {} : inner;
    const method = implicit<Tree, Tree, Tree, Tree>({ ...given, solver });
    try {
      const found = await hypergradient(problem, { method, device, signal });
      const { gradient, state, certificate } = found;
      const parts = await readAll(gradient, { device });
      release([gradient, state]);
      const h = parts.flatMap((part) => Array.from(part));
      const residual = certificate?.residual ?? Number.NaN;
      points.push({ iterations, residual, error: likenessOf(h, exact).error });
      if (certificate?.stopped !== 'all iterations') return undefined;
    } catch (error) {
      if (!(error instanceof MethodError)) throw error;
      return error.message;
    }
    onPoint?.();
  }
  return undefined;
}
