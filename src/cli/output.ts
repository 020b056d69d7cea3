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
      Math.max(title.length, ...rows.map((row) => row[i].length)),
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

function barProgress(label: string): ProgressBar {
  const format = `${label} {bar} {value}/{total}  {rate}/s  {eta_formatted} left`;
  const options = { format, stream: process.stderr, hideCursor: false, clearOnComplete: true };
  const bar = new SingleBar(options, Presets.shades_classic);
  const started = performance.now();
  let running = false;
  return {
    update: (done, total) => {
      const rate = ((1000 * done) / (performance.now() - started)).toFixed(1);
      if (!running) bar.start(total, done, { rate });
      running = true;
      bar.setTotal(total);
      bar.update(done, { rate });
    },
    stop: () => bar.stop(),
  };
}

function lineProgress(label: string): ProgressBar {
  const started = performance.now();
  let printed = started;
  return {
    update: (done, total) => {
      const now = performance.now();
      if (now - printed < 1000 * lineInterval) return;
      printed = now;
      const rate = (1000 * done) / (now - started);
      const left = Math.round((total - done) / rate);
      process.stderr.write(`${label} ${done}/${total}, ${rate.toFixed(1)}/s, ${left} s left\n`);
    },
    stop: () => {},
  };
}
