/** @file What a runner and the process that computes a cell say to each other. */

import type { Outcome, Task } from '../executor.ts';

/** What the process gets: the task and what it may use. */
export interface Order {
  readonly task: Task;
  readonly threads: number;
  /** The folders of the data, by digest. */
  readonly data: { readonly [digest: string]: string };
  /** The runner. The process ends when that is gone. */
  readonly runner: number;
}

/** What the process says: that it listens, or how the cell ended. */
export type Reply = 'ready' | Outcome;
