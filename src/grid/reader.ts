/**
 * @file What a run takes from its store. What is damaged ends the run with the mend, unless the run
 * was asked to do such cells again.
 */

import type { Cell } from './cell.ts';
import { type CellRecord, DamagedError, type FailureRecord, printRecord } from './record.ts';
import type { CellState } from './states.ts';
import type { Store } from './store.ts';

/** Which cells a run does again. */
export interface DoneAgain {
  /** Cells that failed before. */
  readonly failed: boolean;
  /** Cells whose files are damaged. */
  readonly damaged: boolean;
}

/** A damage with the mend. */
const mended = ({ message }: DamagedError): DamagedError =>
  new DamagedError(`${message}: run its cell again (--redo)`);

/** The error of a read, with the mend where it is a damage. */
const readError = (error: unknown): unknown =>
  error instanceof DamagedError ? mended(error) : error;

/** Reads a store for a run. */
export class Reader {
  /** The failures of before the run, as text: those of now are others, whatever the clocks say. */
  private readonly before = new Map<Cell, string>();

  constructor(
    private readonly store: Store,
    readonly again: DoneAgain,
  ) {}

  /** Throws the damage of a cell's state, unless the cell is done again. */
  expectWhole({ state, error }: CellState): void {
    const isAgain = this.again.damaged || (state === 'failed' && this.again.failed);
    if (error && !isAgain) throw mended(error);
  }

  /** What a cell gave, or null if it is not done. Throws a DamagedError. */
  async record(cell: Cell): Promise<CellRecord | null> {
    try {
      const record = await this.store.read(cell.id);
      if (this.again.damaged && record) await this.store.checkFiles(record);
      return record;
    } catch (error) {
      if (this.again.damaged && error instanceof DamagedError) return null;
      throw readError(error);
    }
  }

  /** Notes that a failure of a cell that is there now is of an earlier run. */
  async remember(cell: Cell): Promise<void> {
    const failure = await this.failure(cell);
    if (failure) this.before.set(cell, printRecord(failure));
  }

  /** Why a cell has failed since; null if it has not. Throws a DamagedError. */
  async newFailure(cell: Cell): Promise<FailureRecord | null> {
    const failure = await this.failure(cell);
    return failure && printRecord(failure) !== this.before.get(cell) ? failure : null;
  }

  private async failure({ id }: Cell): Promise<FailureRecord | null> {
    try {
      return await this.store.failure(id);
    } catch (error) {
      const isAgain = this.again.damaged || this.again.failed;
      if (isAgain && error instanceof DamagedError) return null;
      throw readError(error);
    }
  }

  /** Throws a DamagedError that names a file of a record that is not what was written. */
  async expectFiles(record: CellRecord): Promise<void> {
    try {
      await this.store.checkFiles(record);
    } catch (error) {
      throw readError(error);
    }
  }
}
