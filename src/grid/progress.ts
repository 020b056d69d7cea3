/** @file How far a grid has come, and how long the rest will take. */

import type { Cell } from './cell.ts';

/** How far a grid has come. */
export interface GridStatus {
  /** All cells asked for. */
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Cells that wait for one that failed. */
  readonly blocked: number;
  /** Cells that are being computed, here or by another process on the same store. */
  readonly running: readonly Cell[];
  /** Cells a second, of those that were computed since the run began; 0 before the first. */
  readonly rate: number;
  /** Estimated by the mean seconds of each kind; null while there is nothing to go by. */
  readonly secondsLeft: number | null;
}

/** Means of the seconds that cells of each kind take, and the work done at once. */
export class Pace {
  private readonly sums = new Map<string, { seconds: number; cells: number }>();
  private worked = 0;
  private finished = 0;
  private readonly began: number;

  /** At most `parallel` cells run at once; that may be Infinity. */
  constructor(
    private readonly parallel: number,
    private readonly clock: () => number = () => performance.now() / 1000,
  ) {
    this.began = clock();
  }

  /** Notes what a cell took, in this run or an earlier one. */
  learn(kind: string, seconds: number): void {
    const { seconds: sum, cells } = this.sums.get(kind) ?? { seconds: 0, cells: 0 };
    this.sums.set(kind, { seconds: sum + seconds, cells: cells + 1 });
  }

  /**
   * Notes a cell that was computed for this run, with or without a result, and the seconds that this
   * took since it began here: what an ended run of it took before is no work of this one.
   */
  finish(seconds: number): void {
    this.worked += seconds;
    this.finished += 1;
  }

  /** Cells finished a second. */
  get rate(): number {
    return this.finished / Math.max(this.clock() - this.began, 1e-3);
  }

  /**
   * Seconds until all is done: the mean seconds of what is `open` and of what is left of the
   * running cells (given with the seconds since each began), divided by the seconds of work that
   * this run has done in a second so far. Null while one of the two is unknown. A cell that runs
   * longer than its kind does is taken to need as long again as it has run.
   */
  left(
    open: readonly string[],
    running: readonly { readonly kind: string; readonly seconds: number }[],
  ): number | null {
    if (this.sums.size === 0) return null;
    let [work, underway] = [0, 0];
    for (const kind of open) work += this.mean(kind);
    for (const { kind, seconds } of running) {
      const mean = this.mean(kind);
      work += seconds < mean ? mean - seconds : seconds;
      underway += seconds;
    }
    const elapsed = this.clock() - this.began;
    const measured = (this.worked + underway) / Math.max(elapsed, 1e-3);
    const speed = this.finished > 0 ? Math.min(measured, this.parallel) : this.parallel;
    return Number.isFinite(speed) ? work / Math.max(speed, 1e-3) : null;
  }

  /** The mean of a kind; of all kinds where none of its own is known. */
  private mean(kind: string): number {
    const known = this.sums.get(kind);
    if (known) return known.seconds / known.cells;
    const all = [...this.sums.values()];
    const seconds = all.reduce((sum, entry) => sum + entry.seconds, 0);
    return seconds / all.reduce((sum, entry) => sum + entry.cells, 0);
  }
}
