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

/** The rate of a count that rises; when it falls, a new count begins. */
class Pace {
  private started = performance.now();
  private last = 0;

  rate(done: number): number {
    if (done < this.last) this.started = performance.now();
    this.last = done;
    return (1000 * done) / Math.max(performance.now() - this.started, 1);
  }
}

function barProgress(label: string): ProgressBar {
  const format = `${label} {bar} {value}/{total}  {rate}/s  {left} s left`;
  const options = { format, stream: process.stderr, hideCursor: false, clearOnComplete: true };
  const bar = new SingleBar(options, Presets.shades_classic);
  const pace = new Pace();
  let running = false;
  return {
    update: (done, total) => {
      const rate = pace.rate(done);
      const shown = { rate: rate.toFixed(1), left: Math.round((total - done) / rate) };
      if (!running) bar.start(total, done, shown);
      running = true;
      bar.setTotal(total);
      bar.update(done, shown);
    },
    stop: () => {
      bar.stop();
      running = false;
    },
  };
}

function lineProgress(label: string): ProgressBar {
  const pace = new Pace();
  let printed = performance.now();
  return {
    update: (done, total) => {
      const rate = pace.rate(done);
      if (performance.now() - printed < 1000 * lineInterval) return;
      printed = performance.now();
      const left = Math.round((total - done) / rate);
      process.stderr.write(`${label} ${done}/${total}, ${rate.toFixed(1)}/s, ${left} s left\n`);
    },
    stop: () => {},
  };
}
