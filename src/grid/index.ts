/** @file hypertape/grid: cells, their store, and what runs them: this machine, or a queue. */

export {
  type Cell,
  type CellIdentity,
  defineCell,
  describeCell,
  identityOf,
  shortId,
} from './cell.ts';
export { type Executor, type Outcome, succeeded, type Task, type TaskInput } from './executor.ts';
export { type GraphNode, Grid, inOrder, labelOf } from './grid.ts';
export { canonicalJson, digestOf, digestOfJson, type Json, type JsonObject } from './json.ts';
export { type CellContext, type CellInput, type CellKind, kindOf } from './kind.ts';
export { type Lease, Leases } from './lease.ts';
export { answerCell } from './local/answer.ts';
export { defaultJobs, type LocalOptions, localExecutor, type Program } from './local/local.ts';
export type { GridStatus } from './progress.ts';
export { publicUrl } from './queue/address.ts';
export type { QueueExecutor } from './queue/dispatch.ts';
export { queueExecutor, serveQueue } from './queue/queue.ts';
export type { ServeOptions } from './queue/serve.ts';
export { type CellRecord, DamagedError, type FailureRecord, type Machine } from './record.ts';
export { type GridOutcome, type RunOptions, runGrid } from './run.ts';
export { type CellState, listLine, statesOf } from './states.ts';
export { type Failure, type RunFacts, Store, type Success } from './store.ts';
export { type Awaited, Waiting } from './waiting.ts';
