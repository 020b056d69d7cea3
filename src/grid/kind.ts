/** @file What a kind of cell is: the code that turns a configuration into a result. */

import { UserError } from '../errors.ts';

/** The result of a cell that another one takes. */
export interface CellInput<Result = unknown> {
  readonly result: Result;
  /** The path of a file that was stored with the result. Throws a UserError for another name. */
  file(name: string): string;
}

/** What a cell may use beside its configuration and its inputs. None of it changes its result. */
export interface CellContext {
  /** Threads that this cell may keep busy. */
  readonly threads: number;
  /** The folder of the data with a digest, as the user of the grid has named it. */
  data(digest: string): string;
  /**
   * The path to write a file to that is stored with the result, such as `fakes.npz`. It must exist
   * when the cell is done.
   */
  file(name: string): string;
  /**
   * The path of a file of what is done so far, such as `state.npz`, to be written whole or not at
   * all. A run of the cell that goes on after one that was ended, on the same store, finds it there;
   * once the result is stored it is removed. A worker behind a queue keeps none. A result is the same
   * with it and without.
   */
  state(name: string): string;
  /** Adds seconds that ended runs of this cell took to those that are noted with its result. */
  spent(seconds: number): void;
}

/**
 * A kind of cell: one record, in a file of its own. A cell runs in a process of its own and must
 * depend on nothing but its configuration and its inputs, so that whoever runs it gets the same
 * result.
 */
export interface CellKind<Config extends object = object, Result = unknown> {
  /** A short name, such as `victim`: letters, digits, `-`. */
  readonly name: string;
  /** A whole number, raised whenever the same configuration gives another result. */
  readonly version: number;
  /** Computes the result: plain JSON of at most a megabyte. Larger things are files. */
  run(
    config: Config,
    inputs: { readonly [name: string]: CellInput },
    context: CellContext,
  ): Result | Promise<Result>;
  /** The configuration in a few words, for lists. */
  describe?(config: Config): string;
  /** Bytes of memory that a cell takes at most. Not told, it counts for nothing. */
  memory?(config: Config): number;
  /** The digests of the data that a cell reads: it runs where all of them are, and only there. */
  data?(config: Config): readonly string[];
}

/** The kind of a name. Throws a UserError that lists those there are. */
export function kindOf(kinds: readonly CellKind[], name: string): CellKind {
  const found = kinds.filter((kind) => kind.name === name);
  if (found.length === 1) return found[0];
  if (found.length > 1)
    throw new UserError(`there are ${found.length} kinds of cell named ${name}`);
  const names = kinds.map((kind) => kind.name).join(', ') || 'none';
  throw new UserError(`there is no kind of cell named ${name}: there is ${names}`);
}
