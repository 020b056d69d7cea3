/** @file Runs a grid: every cell once its inputs are done, by whatever runs cells. */

import { setMaxListeners } from 'node:events';
import { rm } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { Bell } from './bell.ts';
import { type Cell, identityOf } from './cell.ts';
import { type Executor, succeeded, type Task, type TaskInput } from './executor.ts';
import { type Grid, labelOf } from './grid.ts';
import type { Lease } from './lease.ts';
import { Ledger } from './ledger.ts';
import type { GridStatus } from './progress.ts';
import { type CellRecord, DamagedError, type FailureRecord } from './record.ts';
import { type CellState, statesOf } from './states.ts';
import type { Store } from './store.ts';

/** Milliseconds between two looks at what another process on the same store does. */
const lookInterval = 500;

/** Milliseconds between two reports, where nothing happens. */
const reportInterval = 1000;

/** How a grid is run. */
export interface RunOptions {
  /** Runs cells again that failed before. */
  readonly retry?: boolean;
  /** Runs cells again whose files are damaged, instead of refusing them. Reads all files. */
  readonly redo?: boolean;
  /** Runs this cell alone, whose inputs must be done. It is tried again if it failed before. */
  readonly only?: Cell;
  /** Stops: what is running is given up, what is done stays. */
  readonly signal?: AbortSignal;
  /** Called when anything changes, and once a second. */
  readonly onStatus?: (status: GridStatus) => void;
}

/** How a grid ended. */
export interface GridOutcome {
  readonly done: readonly Cell[];
  readonly failed: readonly { readonly cell: Cell; readonly failure: FailureRecord }[];
  /** Cells that wait for one that failed. */
  readonly blocked: readonly Cell[];
  /** Whether it was stopped before its end. */
  readonly stopped: boolean;
}

/**
 * Runs the cells of a grid that its store does not hold yet. Several processes may run one grid on
 * one store: each cell is run by one of them. A cell that fails is noted and blocks those that take
 * its result, and nothing else. Throws a UserError before anything runs if a file is damaged or if
 * the executor cannot run a cell.
 */
export async function runGrid(
  grid: Grid,
  store: Store,
  executor: Executor,
  options: RunOptions = {},
): Promise<GridOutcome> {
  const run = new GridRun(grid, store, executor, options);
  await run.load();
  return run.toEnd();
}

class GridRun {
  private readonly ledger: Ledger;
  private readonly running = new Map<Cell, Promise<void>>();
  private readonly checked = new Set<string>();
  private readonly stop = new AbortController();
  private readonly bell = new Bell();
  private readonly since = new Date().toISOString();
  private error: unknown;

  constructor(
    private readonly grid: Grid,
    private readonly store: Store,
    private readonly executor: Executor,
    private readonly options: RunOptions,
  ) {
    this.ledger = new Ledger(executor.capacity);
    // Every running cell listens; that is no leak.
    setMaxListeners(0, this.stop.signal);
  }

  /** Reads the store and refuses what cannot be run. */
  async load(): Promise<void> {
    const { retry = false, redo = false } = this.options;
    const only = this.options.only && this.grid.find(this.options.only.id);
    const states = await statesOf(this.grid, this.store, { files: redo });
    for (const { cell, record, failure, error } of states) {
      if (error && !redo) {
        throw new DamagedError(`${error.message}: delete it, or ask for its cell to be redone`);
      }
      const wanted = only === undefined || cell === only;
      if (record) this.ledger.know(cell, record);
      if (!wanted) continue;
      if (failure && !retry && !only) this.ledger.fail(cell, failure);
      else this.ledger.set(cell, record ? 'done' : 'open');
    }
    if (only) this.expectInputs(only, states);
    for (const cell of this.ledger.all('open')) {
      const refusal = this.executor.refusal(cell);
      if (refusal) throw new UserError(`${labelOf(cell)} cannot run here: ${refusal}`);
    }
  }

  private expectInputs(only: Cell, states: readonly CellState[]): void {
    const inputs = Object.values(only.inputs);
    const missing = states.filter(({ cell, record }) => inputs.includes(cell.id) && !record);
    if (missing.length === 0 || this.ledger.stateOf(only) === 'done') return;
    const names = missing.map(({ cell, state }) => `${labelOf(cell)}: ${state}`).join(', ');
    throw new UserError(`${labelOf(only)} takes results that are not there: run first ${names}`);
  }

  /** Runs what is open, until nothing can run any more. */
  async toEnd(): Promise<GridOutcome> {
    const { signal } = this.options;
    const abort = () => this.abort();
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    try {
      this.tell();
      while (await this.startReady()) {
        const elsewhere = this.ledger.all('elsewhere').length > 0;
        await this.bell.heard(elsewhere ? lookInterval : reportInterval);
        this.tell();
      }
    } finally {
      // After an error nothing may be left running.
      this.abort();
      await Promise.all(this.running.values());
      signal?.removeEventListener('abort', abort);
    }
    if (this.error) throw this.error;
    const blocked = this.ledger.blocked();
    const left = this.ledger.all('open').length + this.ledger.all('elsewhere').length;
    return {
      done: this.ledger.all('done'),
      failed: this.ledger.failed(),
      blocked,
      stopped: left > blocked.length,
    };
  }

  private abort(): void {
    this.stop.abort(new Error('stopped'));
    this.bell.ring();
  }

  private tell(): void {
    this.options.onStatus?.(this.ledger.status());
  }

  /** Starts what can run. Gives whether anything is left to wait for. */
  private async startReady(): Promise<boolean> {
    const { aborted } = this.stop.signal;
    if (!aborted) for (const cell of this.ledger.all('elsewhere')) await this.lookAt(cell);
    for (const cell of this.ledger.ready()) {
      if (this.stop.signal.aborted || this.running.size >= this.executor.capacity) break;
      await this.start(cell);
    }
    return this.running.size > 0 || (!aborted && this.ledger.all('elsewhere').length > 0);
  }

  /** Sees whether the process that runs a cell has finished it, failed at it, or left it. */
  private async lookAt(cell: Cell): Promise<void> {
    const held = await this.store.leases.holder(cell.id);
    if (!(await this.isSettled(cell)) && !held) this.ledger.set(cell, 'open');
  }

  /** Notes what another process has made of a cell since this run began. */
  private async isSettled(cell: Cell): Promise<boolean> {
    const record = await this.readOrRedo(cell);
    const failure = record ? null : await this.store.failure(cell.id);
    if (record) this.ledger.succeed(cell, record);
    else if (failure && failure.finished >= this.since) this.ledger.fail(cell, failure);
    else return false;
    return true;
  }

  private async readOrRedo(cell: Cell): Promise<CellRecord | null> {
    const { redo } = this.options;
    try {
      const record = await this.store.read(cell.id);
      if (redo && record) await this.store.checkFiles(record);
      return record;
    } catch (error) {
      if (redo && error instanceof DamagedError) return null;
      throw error;
    }
  }

  private async start(cell: Cell): Promise<void> {
    const lease = await this.store.leases.acquire(cell.id);
    if (!lease) return this.ledger.set(cell, 'elsewhere');
    if (await this.isSettled(cell)) return lease.release();
    this.ledger.set(cell, 'running');
    const end = this.work(cell, lease)
      .catch((error) => {
        this.error ??= error;
        this.abort();
      })
      .finally(() => {
        this.running.delete(cell);
        this.bell.ring();
      });
    this.running.set(cell, end);
  }

  private async work(cell: Cell, lease: Lease): Promise<void> {
    const { signal } = this.stop;
    const folder = await this.store.scratch(cell.id);
    try {
      const task = await this.taskOf(cell, folder);
      const outcome = await this.executor.run(task, signal, () => this.ledger.begin(cell));
      this.ledger.spend(outcome.seconds);
      if (succeeded(outcome)) {
        this.ledger.succeed(cell, await this.store.write(cell, outcome, folder));
      } else this.ledger.fail(cell, await this.store.fail(cell, outcome));
    } catch (error) {
      this.ledger.set(cell, 'open');
      if (!signal.aborted) throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
      await lease.release();
    }
  }

  private async taskOf(cell: Cell, folder: string): Promise<Task> {
    const inputs: Record<string, TaskInput> = {};
    for (const [name, id] of Object.entries(cell.inputs)) {
      const record = this.ledger.recordOf(id);
      if (!record) throw new Error(`internal: ${labelOf(cell)} was started before its inputs`);
      if (!this.checked.has(id)) await this.store.checkFiles(record);
      this.checked.add(id);
      const files = Object.entries(record.files).map(([file, digest]) => {
        return [file, { path: this.store.filePath(file, digest), digest }];
      });
      inputs[name] = { result: record.result, files: Object.fromEntries(files) };
    }
    const states = this.store.states(cell.id);
    return { id: cell.id, ...identityOf(cell), inputs, folder, states };
  }
}
