/** @file The progress of a grid. */

import { Presets, SingleBar } from 'cli-progress';
import type { GridStatus } from '../../grid/index.ts';

/** Milliseconds between two lines of progress where stderr is no terminal. */
const lineInterval = 10_000;

/** Seconds as people read them. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

/** What a status says beside the cells done. */
export function statusNote({ failed, blocked, running, rate, secondsLeft }: GridStatus): string {
  const perMinute = 60 * rate;
  const pace = perMinute >= 1 ? `${perMinute.toFixed(1)}/min` : `${(60 * perMinute).toFixed(1)}/h`;
  const parts = [`${running.length} running`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (blocked > 0) parts.push(`${blocked} blocked`);
  if (rate > 0) parts.push(pace);
  parts.push(secondsLeft === null ? 'time left unknown' : `${duration(secondsLeft)} left`);
  return parts.join(', ');
}

/** Progress of a whole grid on stderr: a bar on a terminal, else a line from time to time. */
export class GridProgress {
  private bar: SingleBar | null = null;
  private printed = performance.now();

  /** Shows how far the grid has come. */
  show(status: GridStatus): void {
    const note = statusNote(status);
    if (process.stderr.isTTY) this.draw(status, note);
    else if (performance.now() - this.printed >= lineInterval) {
      this.printed = performance.now();
      process.stderr.write(`${status.done}/${status.total} cells, ${note}\n`);
    }
  }

  /** Clears the bar. */
  stop(): void {
    this.bar?.stop();
    this.bar = null;
  }

  private draw({ done, total }: GridStatus, note: string): void {
    if (!this.bar) {
      const format = '{bar} {value}/{total} cells, {note}';
      const options = { format, stream: process.stderr, clearOnComplete: true, barsize: 24 };
      this.bar = new SingleBar(options, Presets.shades_classic);
      this.bar.start(total, done, { note });
    }
    this.bar.update(done, { note });
  }
}
