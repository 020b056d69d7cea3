/** @file A problem that a user's module gives. */

import type { Estimator } from '../../autodiff/index.ts';
import { UserError } from '../../errors.ts';
import type { AnyProblem, ComparedProblem, InnerLoss } from '../problems/problem.ts';

/** What a module exports as default: a bilevel problem with what more is known of it. */
export type GivenComparison = AnyProblem &
  Pick<InnerLoss, 'loss' | 'parameters' | 'gauge'> & {
    /** The data of the loss's parts; `blocks` are those of the objective. */
    readonly lossBlocks?: InnerLoss['blocks'];
    /** A step of gradient descent on the loss that converges, for Neumann series. */
    readonly rate?: number;
    /** What is compared. */
    readonly methods?: readonly Estimator[];
  };

/** The same, or a function that makes it of the options of the command line. */
export type ComparisonModule =
  | GivenComparison
  | ((options: {
      readonly seed: number;
      readonly steps?: number;
    }) => GivenComparison | Promise<GivenComparison>);

/**
 * The problem of a module, of other `steps` where these are given. Throws a UserError where it is
 * none.
 */
export async function givenProblem(
  what: string,
  module: ComparisonModule,
  options: { readonly seed: number; readonly steps?: number },
): Promise<ComparedProblem> {
  const given: unknown = typeof module === 'function' ? await module(options) : module;
  const missing = ['inputs', 'init', 'step', 'steps', 'objective'].filter(
    (name) => typeof given !== 'object' || given === null || !(name in given),
  );
  if (missing.length > 0) {
    throw new UserError(
      `${what}: expected its default export to be a bilevel problem, or a function that gives one: ` +
        `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing`,
    );
  }
  const { loss, parameters, gauge, rate, methods, lossBlocks, ...problem } =
    given as GivenComparison;
  if (rate !== undefined && !(typeof rate === 'number' && rate > 0 && rate < Infinity)) {
    throw new UserError(`${what}: rate: expected a number above 0, got ${rate}`);
  }
  const inner = loss && {
    loss,
    ...(parameters && { parameters }),
    ...(gauge && { gauge }),
    ...(lossBlocks && { blocks: lossBlocks }),
  };
  const steps = options.steps ?? problem.steps;
  return { problem: { ...problem, steps }, inner, rate, methods };
}
