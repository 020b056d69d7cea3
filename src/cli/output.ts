/** @file What a command prints: tables for people, one JSON object for programs, progress. */

import { Presets, SingleBar } from 'cli-progress';
import type { CommonOptions } from './options.ts';

/** Seconds between two lines of progress where there is no terminal. */
const lineInterval = 10;

/** Shows how far a long piece of work is. */
export interface ProgressBar {
  update(done: number, total: number): void;
  stop(): void;
}

const silent: ProgressBar = { update: () => {}, stop: () => {} };

export class Output {
  constructor(private readonly options: Pick<CommonOptions, 'json' | 'quiet'>) {}

  /** A line for people: on stdout, or on stderr where stdout is for JSON. */
  line(text = ''): void {
    if (this.options.quiet) return;
    const stream = this.options.json ? process.stderr : process.stdout;
    stream.write(`${text}\n`);
  }

  /** Columns as wide as their widest cell, numbers to the right. */
  table(header: readonly string[], rows: readonly (readonly string[])[]): void {
    const widths = header.map((title, i) =>
      rows.reduce((width, row) => Math.max(width, row[i].length), title.length),
    );
    for (const row of [header, ...rows]) this.line(tableRow(row, widths));
  }

  /** The result as one JSON object, the last line of stdout, if it was asked for. */
  result(value: object): void {
    if (this.options.json) process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  progress(label: string): ProgressBar {
    if (this.options.quiet) return silent;
    return process.stderr.isTTY ? barProgress(label) : lineProgress(label);
  }
}

/** A row of a table, its first column to the left; live rows share the widths. */
export const tableRow = (row: readonly string[], widths: readonly number[]): string =>
  row
    .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
    .join('  ')
    .trimEnd();

/** Rate and time left of a count that goes up, and starts anew when it falls. */
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
