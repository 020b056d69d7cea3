/** @file The books of one run of a grid: what is done, what failed, what is left. */

import type { Cell } from './cell.ts';
import { type GridStatus, Pace } from './progress.ts';
import type { CellRecord, FailureRecord } from './record.ts';

/** `elsewhere`: another process on the same store runs it. */
type State = 'done' | 'failed' | 'open' | 'elsewhere' | 'running';

/** Keeps the state of every cell of a run, in the order of the grid. */
export class Ledger {
  private readonly states = new Map<Cell, State>();
  private readonly records = new Map<string, CellRecord>();
  private readonly failures = new Map<Cell, FailureRecord>();
  /** When each running cell began, in milliseconds; it may have been started and not begun. */
  private readonly beginnings = new Map<Cell, number>();
  private readonly pace: Pace;

  /** `parallel` is how many cells may run at once. */
  constructor(parallel: number) {
    this.pace = new Pace(parallel);
  }

  /** Notes a result. Only cells that were entered are counted; of others inputs are taken. */
  know(cell: Cell, record: CellRecord): void {
    this.records.set(cell.id, record);
    this.pace.learn(cell.kind.name, record.seconds);
  }

  /** Enters a cell, or changes its state. */
  set(cell: Cell, state: State): void {
    this.states.set(cell, state);
    this.beginnings.delete(cell);
  }

  /** Notes that a running cell begins now, or begins anew. */
  begin(cell: Cell): void {
    this.beginnings.set(cell, performance.now());
  }

  /** Notes that a cell has ended. Of one that never began here an earlier run's end was collected. */
  end(cell: Cell): void {
    const began = this.beginnings.get(cell);
    if (began !== undefined) this.pace.finish((performance.now() - began) / 1000);
  }

  /** Notes a result of a cell of this run. */
  succeed(cell: Cell, record: CellRecord): void {
    this.know(cell, record);
    this.set(cell, 'done');
  }

  /** Notes a failure. */
  fail(cell: Cell, failure: FailureRecord): void {
    this.failures.set(cell, failure);
    this.set(cell, 'failed');
  }

  /** The state of a cell of this run. */
  stateOf(cell: Cell): State | undefined {
    return this.states.get(cell);
  }

  /** What a cell gave. */
  recordOf(id: string): CellRecord | undefined {
    return this.records.get(id);
  }

  /** The cells in a state. */
  all(wanted: State): Cell[] {
    return [...this.states].filter(([, state]) => state === wanted).map(([cell]) => cell);
  }

  /** The open cells whose inputs are done. */
  ready(): Cell[] {
    return this.all('open').filter(({ inputs }) =>
      Object.values(inputs).every((id) => this.records.has(id)),
    );
  }

  /** The failures, and the cells. */
  failed(): { readonly cell: Cell; readonly failure: FailureRecord }[] {
    return [...this.failures].map(([cell, failure]) => ({ cell, failure }));
  }

  /** What waits, at any distance, for a cell that failed: a cell comes after its inputs. */
  blocked(): Cell[] {
    const stuck = new Set(this.all('failed').map(({ id }) => id));
    return this.all('open').filter(({ id, inputs }) => {
      const waits = Object.values(inputs).some((input) => stuck.has(input));
      if (waits) stuck.add(id);
      return waits;
    });
  }

  /** How far the run has come. */
  status(): GridStatus {
    const now = performance.now();
    const blocked = this.blocked();
    const begun = [...this.beginnings].map(([cell, began]) => {
      return { kind: cell.kind.name, seconds: (now - began) / 1000 };
    });
    const waiting = this.all('running').filter((cell) => !this.beginnings.has(cell));
    const open = [...this.all('open').filter((cell) => !blocked.includes(cell)), ...waiting];
    // Of another process's cell nobody knows here when it began.
    const elsewhere = this.all('elsewhere').map(({ kind }) => ({ kind: kind.name, seconds: 0 }));
    return {
      total: this.states.size,
      done: this.all('done').length,
      failed: this.all('failed').length,
      blocked: blocked.length,
      running: [...this.beginnings.keys(), ...this.all('elsewhere')],
      rate: this.pace.rate,
      secondsLeft: this.pace.left(
        open.map(({ kind }) => kind.name),
        [...begun, ...elsewhere],
      ),
    };
  }
}
