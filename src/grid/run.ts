/** @file Runs a grid: every cell once its inputs are done, by whatever runs cells. */

import { setMaxListeners } from 'node:events';
import { UserError } from '../errors.ts';
import { Bell } from './bell.ts';
import { type Cell, identityOf } from './cell.ts';
import { type Executor, succeeded, type Task, type TaskInput } from './executor.ts';
import { removeAll } from './files.ts';
import { type Grid, labelOf } from './grid.ts';
import type { Lease } from './lease.ts';
import { Ledger } from './ledger.ts';
import type { GridStatus } from './progress.ts';
import { Reader } from './reader.ts';
import type { FailureRecord } from './record.ts';
import { type CellState, statesOf } from './states.ts';
import type { Store } from './store.ts';
import { Waiting } from './waiting.ts';

/** Milliseconds between two looks at what another process on the same store does. */
const lookInterval = 500;

/** Milliseconds between two reports, where nothing happens. */
const reportInterval = 1000;

/** How a grid is run. */
export interface RunOptions {
  /** Runs cells again that failed before, also where the note of why is damaged. */
  readonly retry?: boolean;
  /** Runs cells again whose files are damaged, instead of refusing them. Reads all files. */
  readonly redo?: boolean;
  /** Runs this cell alone, whose inputs must be done. It is tried again if it failed before. */
  readonly only?: Cell;
  /** Stops: what is running is given up, what is done stays. */
  readonly signal?: AbortSignal;
  /** Called when anything changes, and once a second. */
  readonly onStatus?: (status: GridStatus) => void;
  /**
   * Told in a line, once a lease, who holds a cell, where nothing has been left for some seconds but
   * to wait for cells of other processes. Of another machine's process nobody knows whether it lives.
   */
  readonly onWait?: (line: string) => void;
}

/** How a grid ended. */
export interface GridOutcome {
  readonly done: readonly Cell[];
  readonly failed: readonly { readonly cell: Cell; readonly failure: FailureRecord }[];
  /** Cells that wait for one that failed. */
  readonly blocked: readonly Cell[];
  /** Whether the signal stopped it before its end. */
  readonly stopped: boolean;
}

/**
 * Runs the cells of a grid that its store does not hold yet. Several processes may run one grid on
 * one store: each cell is run by one of them. A cell that fails is noted and blocks those that take
 * its result, and nothing else. Throws a UserError before anything runs if a record is damaged, or a
 * file that a cell is to take, or if the executor cannot run a cell.
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
  private readonly reader: Reader;
  private readonly waiting: Waiting;
  private error: unknown;

  constructor(
    private readonly grid: Grid,
    private readonly store: Store,
    private readonly executor: Executor,
    private readonly options: RunOptions,
  ) {
    const { retry = false, redo = false, only, onWait = () => {} } = options;
    this.ledger = new Ledger(executor.capacity);
    this.reader = new Reader(store, { failed: retry || only !== undefined, damaged: redo });
    this.waiting = new Waiting(store.leases, onWait);
    // Every running cell listens; that is no leak.
    setMaxListeners(0, this.stop.signal);
  }

  /** Reads the store and refuses what cannot be run. */
  async load(): Promise<void> {
    const { again } = this.reader;
    const only = this.options.only && this.grid.find(this.options.only.id);
    const states = await statesOf(this.grid, this.store, { files: again.damaged });
    for (const state of states) {
      this.reader.expectWhole(state);
      const { cell, record, failure } = state;
      const wanted = only === undefined || cell === only;
      if (record) this.ledger.know(cell, record);
      if (!wanted) continue;
      if (failure && !again.failed) this.ledger.fail(cell, failure);
      else this.ledger.set(cell, record ? 'done' : 'open');
    }
    if (only) this.expectInputs(only, states);
    await this.expectReady();
    const done = states.flatMap(({ cell, record }) => (record ? [cell.id] : []));
    await this.store.clearUp(new Set(done));
  }

  /** Refuses open cells that cannot run, and inputs of them that are damaged. */
  private async expectReady(): Promise<void> {
    const inputs = new Set<string>();
    for (const cell of this.ledger.all('open')) {
      const refusal = this.executor.refusal(cell);
      if (refusal) throw new UserError(`${labelOf(cell)} cannot run here: ${refusal}`);
      await this.reader.remember(cell);
      for (const id of Object.values(cell.inputs)) inputs.add(id);
    }
    for (const id of inputs) {
      const record = this.ledger.recordOf(id);
      if (record) await this.reader.expectFiles(record);
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
        const elsewhere = this.ledger.all('elsewhere');
        const others = elsewhere.map((cell) => ({ id: cell.id, name: labelOf(cell) }));
        await this.waiting.on(this.running.size === 0 ? others : []);
        await this.bell.heard(elsewhere.length > 0 ? lookInterval : reportInterval);
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
      stopped: signal?.aborted === true && left > blocked.length,
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
    const { signal } = this.stop;
    for (const cell of this.ledger.all('elsewhere')) if (!signal.aborted) await this.lookAt(cell);
    // What another process has done in between makes others ready.
    while (await this.startEach(this.ledger.ready()));
    if (this.running.size > 0) return true;
    // A cell that has ended since may have made others ready, too.
    return !signal.aborted && [...this.ledger.ready(), ...this.ledger.all('elsewhere')].length > 0;
  }

  /** Starts as many cells as there is room for. Gives whether one was settled without. */
  private async startEach(cells: readonly Cell[]): Promise<boolean> {
    let settled = false;
    for (const cell of cells) {
      if (this.stop.signal.aborted || this.running.size >= this.executor.capacity) return false;
      if (await this.start(cell)) settled = true;
    }
    return settled;
  }

  /** Sees whether the process that runs a cell has finished it, failed at it, or left it. */
  private async lookAt(cell: Cell): Promise<void> {
    const held = await this.store.leases.holder(cell.id);
    if (!(await this.isSettled(cell)) && !held) this.ledger.set(cell, 'open');
  }

  /** Notes what another process has made of a cell since this run began. */
  private async isSettled(cell: Cell): Promise<boolean> {
    const record = await this.reader.record(cell);
    const failure = record ? null : await this.reader.newFailure(cell);
    if (record) this.ledger.succeed(cell, record);
    else if (failure) this.ledger.fail(cell, failure);
    return record !== null || failure !== null;
  }

  /** Starts a cell, unless another process has it or has settled it. Gives whether it is settled. */
  private async start(cell: Cell): Promise<boolean> {
    const lease = await this.store.leases.acquire(cell.id);
    if (!lease) {
      this.ledger.set(cell, 'elsewhere');
      return false;
    }
    let settled: boolean;
    try {
      settled = await this.isSettled(cell);
    } catch (error) {
      await lease.release();
      throw error;
    }
    if (settled) {
      await lease.release();
      return true;
    }
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
    return false;
  }

  private async work(cell: Cell, lease: Lease): Promise<void> {
    const { signal } = this.stop;
    try {
      const folder = await this.store.scratch(cell.id);
      try {
        await this.compute(cell, folder);
      } finally {
        await removeAll(folder);
      }
    } catch (error) {
      if (this.ledger.stateOf(cell) === 'running') this.ledger.set(cell, 'open');
      if (!signal.aborted) throw error;
    } finally {
      await lease.release();
    }
  }

  private async compute(cell: Cell, folder: string): Promise<void> {
    const task = await this.taskOf(cell, folder);
    const begin = () => this.ledger.begin(cell);
    const outcome = await this.executor.run(task, this.stop.signal, begin);
    this.ledger.end(cell);
    if (succeeded(outcome)) {
      this.ledger.succeed(cell, await this.store.write(cell, outcome, folder));
    } else this.ledger.fail(cell, await this.store.fail(cell, outcome));
  }

  private async taskOf(cell: Cell, folder: string): Promise<Task> {
    const inputs: Record<string, TaskInput> = {};
    for (const [name, id] of Object.entries(cell.inputs)) {
      const record = this.ledger.recordOf(id);
      if (!record) throw new Error(`internal: ${labelOf(cell)} was started before its inputs`);
      if (!this.checked.has(id)) await this.reader.expectFiles(record);
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
