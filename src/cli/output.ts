/** @file The output of commands: tables for people, one JSON object for programs, progress. */

import { Presets, SingleBar } from 'cli-progress';
import { visible } from './visible.ts';

/** Seconds between two lines of progress where stderr is no terminal. */
const lineInterval = 10;

/** What a command prints, as its options say. */
export interface OutputOptions {
  /** One JSON object on the last line of stdout, all else on stderr. */
  readonly json?: boolean;
  /** No progress and no table. */
  readonly quiet?: boolean;
}

/** Shows how far a long piece of work has come. */
export interface ProgressBar {
  update(done: number, total: number): void;
  /** Clears the bar; a later update shows it again. */
  stop(): void;
}

const silent: ProgressBar = { update: () => {}, stop: () => {} };

/** Prints what a command says. */
export class Output {
  constructor(private readonly options: OutputOptions) {}

  /** Prints a line for people: to stdout, or to stderr where stdout is for JSON. */
  line(text = ''): void {
    if (this.options.quiet) return;
    const stream = this.options.json ? process.stderr : process.stdout;
    stream.write(`${visible(text, { lines: true })}\n`);
  }

  /** Prints a table whose columns are as wide as their widest cell. */
  table(header: readonly string[], rows: readonly (readonly string[])[]): void {
    const cells = rows.map((row) => row.map((cell) => visible(cell)));
    const widths = header.map((title, i) =>
      cells.reduce((width, row) => Math.max(width, row[i].length), title.length),
    );
    for (const row of [header, ...cells]) this.line(tableRow(row, widths));
  }

  /** With --json, prints the result as one JSON object, the last line of stdout. */
  result(value: object): void {
    if (this.options.json) process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** Progress on stderr: a bar on a terminal, else a line from time to time. */
  progress(label: string): ProgressBar {
    if (this.options.quiet) return silent;
    return process.stderr.isTTY ? barProgress(label) : lineProgress(label);
  }
}

/** A row of a table: the first cell is aligned to the left, the others to the right. */
export const tableRow = (row: readonly string[], widths: readonly number[]): string =>
  row
    .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
    .join('  ')
    .trimEnd();

/** The rate of a count from its first update on. Where it does not rise, a new count begins. */
class Pace {
  private first: { readonly done: number; readonly at: number } | null = null;
  private last = 0;

  /** The rate and the time left, of a count that has risen. */
  note(done: number, total: number): string {
    const now = performance.now();
    if (!this.first || done <= this.last) this.first = { done, at: now };
    this.last = done;
    const rate = (1000 * (done - this.first.done)) / Math.max(now - this.first.at, 1);
    if (rate === 0) return '';
    return `, ${rate.toFixed(1)}/s, ${Math.round((total - done) / rate)} s left`;
  }

  /** Ends the count: the next update begins another. */
  stop(): void {
    this.first = null;
  }
}

function barProgress(label: string): ProgressBar {
  const format = `${label} {bar} {value}/{total}{note}`;
  const options = { format, stream: process.stderr, hideCursor: false, clearOnComplete: true };
  const bar = new SingleBar(options, Presets.shades_classic);
  const pace = new Pace();
  let running = false;
  return {
    update: (done, total) => {
      const shown = { note: pace.note(done, total) };
      if (!running) bar.start(total, done, shown);
      running = true;
      bar.setTotal(total);
      bar.update(done, shown);
    },
    stop: () => {
      bar.stop();
      pace.stop();
      running = false;
    },
  };
}

function lineProgress(label: string): ProgressBar {
  const pace = new Pace();
  let printed: number | undefined;
  return {
    update: (done, total) => {
      const note = pace.note(done, total);
      const now = performance.now();
      printed ??= now;
      if (now - printed < 1000 * lineInterval) return;
      printed = now;
      process.stderr.write(`${label} ${done}/${total}${note}\n`);
    },
    stop: () => pace.stop(),
  };
}
