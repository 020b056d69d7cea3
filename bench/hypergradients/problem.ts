/** @file A neutral problem: its numbers, as plain data for peers, and as a bilevel problem. */

import type { BilevelProblem, Tree } from '../../src/autodiff/index.ts';
import { random } from '../../src/data/random.ts';

/** One problem, with numbers that are drawn from a seed. */
export interface NeutralProblem {
  /** Also the name of its function in bench/torch/hypergradients.py. */
  readonly name: string;
  readonly about: string;
  /** What the peer is given, as JSON. */
  data(): object | Promise<object>;
  /** The same problem here. All leaves of the gradient, one after the other, are compared. */
  problem(): AnyProblem;
}

/** A bilevel problem whatever its state and data are. Methods let each kind take its own. */
export type AnyProblem = BilevelProblem<Tree, Tree, Tree, Tree, Tree>;

/** Rows of normal numbers. */
export function normals(seed: string, rows: number, columns: number): number[][] {
  const generator = random(1).fork(seed);
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
