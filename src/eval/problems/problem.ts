/** @file A problem that estimators are compared on: a bilevel problem, and what more is known of it. */

import type { BilevelProblem, Estimator, ImplicitOptions, Tree } from '../../autodiff/index.ts';
import { random } from '../../data/random.ts';

/** A bilevel problem whatever its state and data are. Methods let each kind take its own. */
export type AnyProblem = BilevelProblem<Tree, Tree, Tree, Tree, Tree>;

/** The loss that a training lowers, as `implicit` takes it, beside its solver. */
export type InnerLoss = Pick<
  ImplicitOptions<Tree, Tree, Tree, Tree>,
  'loss' | 'parameters' | 'blocks' | 'gauge'
>;

/** A problem to compare estimators on. */
export interface ComparedProblem {
  readonly problem: AnyProblem;
  /** Without it solvers that need the Hessian of the loss are left out. */
  readonly inner?: InnerLoss;
  /** A step of gradient descent on the loss that converges, for Neumann series. */
  readonly rate?: number;
  /** What is compared unless the user names methods; else a choice by the size of the problem. */
  readonly methods?: readonly Estimator[];
}

/** A neutral problem of the literature, small enough to be made anywhere. */
export interface NeutralProblem {
  /** As the command line has it; with underscores, its function in bench/torch/hypergradients.py. */
  readonly name: string;
  readonly about: string;
  /** Steps of its training where nobody asks for others. */
  readonly steps: number;
  /** Its numbers, drawn from a seed once they are asked for. */
  open(options: { readonly seed: number; readonly steps?: number }): OpenProblem;
}

/** A neutral problem with its numbers. */
export interface OpenProblem {
  /** The numbers, as JSON, for another framework. */
  data(): object | Promise<object>;
  /** The problem here, of tensors made anew. */
  make(): ComparedProblem;
}

/** Rows of normal numbers, drawn for one purpose. */
export function normals(seed: number, label: string, rows: number, columns: number): number[][] {
  const generator = random(seed).fork(label);
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => generator.normal()),
  );
}

/** A function that computes once what it gives. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
