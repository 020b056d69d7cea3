/** @file What runs cells: processes on this machine, or workers behind a queue. */

import type { Cell } from './cell.ts';
import type { Json, JsonObject } from './json.ts';
import type { Failure, Success } from './store.ts';

/** What a cell takes from another one. */
export interface TaskInput {
  readonly result: Json;
  /** Where its files lie, and their digests, by name. */
  readonly files: { readonly [name: string]: { readonly path: string; readonly digest: string } };
}

/** A cell with all that it needs to run, as plain data. */
export interface Task {
  readonly id: string;
  readonly kind: string;
  readonly version: number;
  readonly config: JsonObject;
  readonly inputs: { readonly [name: string]: TaskInput };
  /** An empty folder, where the files of the result are to lie. */
  readonly folder: string;
  /** The folder of what a run that was ended has done so far; made when it is first needed. */
  readonly states: string;
}

/** How a cell ended. */
export type Outcome = Success | Failure;

/** Whether a cell gave a result. */
export const succeeded = (outcome: Outcome): outcome is Success => 'result' in outcome;

/** What runs cells, several at once. */
export interface Executor {
  /** How many cells it takes at once. */
  readonly capacity: number;
  /** Why it cannot run a cell, as a sentence that names the mend; null if it can. */
  refusal(cell: Pick<Cell, 'kind' | 'config'>): string | null;
  /**
   * Runs a cell; a failure of the cell's own is an outcome and no error. `onStart` is called when
   * it begins, which may be later, and again where it had to begin anew. Throws the signal's reason
   * when that is aborted.
   */
  run(task: Task, signal: AbortSignal, onStart: () => void): Promise<Outcome>;
}
