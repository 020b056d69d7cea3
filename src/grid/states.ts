/** @file The state of each cell of a grid, as its store tells it. */

import { type Cell, describeCell, shortId } from './cell.ts';
import type { Grid } from './grid.ts';
import { type CellRecord, DamagedError, type FailureRecord } from './record.ts';
import type { Store } from './store.ts';

/** A cell and what its store holds of it. */
export interface CellState {
  readonly cell: Cell;
  /**
   * `ready`: can run. `waiting`: for inputs that are not done. `blocked`: by one that failed, or by
   * one that is blocked.
   */
  readonly state: 'done' | 'damaged' | 'failed' | 'running' | 'blocked' | 'waiting' | 'ready';
  readonly record?: CellRecord;
  /** Why it failed, where that is readable. */
  readonly failure?: FailureRecord;
  /** The damage, of its record and files or, where it failed, of its failure. */
  readonly error?: DamagedError;
}

/**
 * The state of every cell, in the order of the grid. With `files` the files stored with results are
 * read too, which may take a while.
 */
export async function statesOf(
  grid: Grid,
  store: Store,
  { files = false } = {},
): Promise<CellState[]> {
  const states = new Map<string, CellState>();
  for (const cell of grid.cells) {
    const inputs = Object.values(cell.inputs).map((id) => states.get(id)?.state);
    states.set(cell.id, await stateOf(cell, inputs, store, files));
  }
  return [...states.values()];
}

async function stateOf(
  cell: Cell,
  inputs: (CellState['state'] | undefined)[],
  store: Store,
  files: boolean,
): Promise<CellState> {
  try {
    const record = await store.read(cell.id);
    if (record && files) await store.checkFiles(record);
    if (record) return { cell, state: 'done', record };
  } catch (error) {
    if (error instanceof DamagedError) return { cell, state: 'damaged', error };
    throw error;
  }
  if (await store.leases.holder(cell.id)) return { cell, state: 'running' };
  try {
    const failure = await store.failure(cell.id);
    if (failure) return { cell, state: 'failed', failure };
  } catch (error) {
    if (error instanceof DamagedError) return { cell, state: 'failed', error };
    throw error;
  }
  if (inputs.some((state) => state === 'failed' || state === 'blocked')) {
    return { cell, state: 'blocked' };
  }
  return { cell, state: inputs.every((state) => state === 'done') ? 'ready' : 'waiting' };
}

/** A line about a cell: its id, kind, state, configuration, and what is wrong with it. */
export function listLine({ cell, state, failure, error }: CellState): string {
  const note = error?.message ?? failure?.message;
  const line = `${shortId(cell.id)}  ${state.padEnd(8)}  ${cell.kind.name}  ${describeCell(cell)}`;
  return note ? `${line}  [${note.split('\n')[0]}]` : line;
}
