/** @file Benchmark results as text and as plain data. */

import type { Benchmark } from './benchmark.ts';
import type { Row, Timing } from './timing.ts';

type Unit = Benchmark['unit'];

/** Contestants whose speeds are divided, each by each. */
type Pair = readonly [name: string, by: string];

const nameOfRatio = ([name, by]: Pair) => `${name} / ${by}`;

/** Work per second in the unit, or milliseconds. */
function figure(seconds: number, work: number | undefined, unit: Unit): string {
  if (unit && work) return (work / seconds / 1e9).toFixed(1);
  const ms = seconds * 1e3;
  return ms < 1 ? ms.toFixed(3) : ms < 1000 ? ms.toFixed(1) : ms.toFixed(0);
}

function cell(timing: Timing | undefined, work: number | undefined, unit: Unit): string {
  if (!timing) return '';
  if ('failure' in timing) return shortFailure(timing.failure);
  const { median, best } = timing;
  return `${figure(median, work, unit)} (${figure(best, work, unit)})`;
}

/** What a message says before its colon, if that fits a cell. */
function shortFailure(message: string): string {
  const [short] = message.split(':');
  return short.length <= cellWidth ? short : 'failed';
}

/** How many times as fast by medians, where both were measured. */
function ratio({ timings }: Row, [name, by]: Pair): number | undefined {
  const [x, y] = [timings.get(name), timings.get(by)];
  if (!x || !y || 'failure' in x || 'failure' in y) return undefined;
  return y.median / x.median;
}

/** Columns of a table: contestants, and ratios of the first against each of the others. */
export interface Columns {
  readonly names: readonly string[];
  readonly pairs: readonly Pair[];
}

/** The columns that the first row calls for; `ours` names the devices of hypertape's `simd`. */
export function columnsOf({ timings }: Row, ours: readonly string[]): Columns {
  const names = [
    ...ours.filter((name) => timings.has(name)),
    ...[...timings.keys()].filter((name) => !ours.includes(name)),
  ];
  const [first, ...others] = names;
  const pairs = others.map(
    (other): Pair => (ours.includes(other) ? [other, first] : [first, other]),
  );
  return { names, pairs };
}

const labelWidth = 30;
const cellWidth = 15;
/** Seconds of a first run that are worth a word. */
const slowStart = 5;

function line(cells: readonly string[], { names, pairs }: Columns): string {
  const widths = [...names, ...pairs.map(nameOfRatio)].map((name, i) =>
    Math.max(name.length, i < names.length ? cellWidth : 0),
  );
  const padded = cells.map((text, c) =>
    c === 0 ? text.padEnd(labelWidth) : text.padStart(widths[c - 1]),
  );
  return padded.join('  ').trimEnd();
}

export function showHeader({ name, about, unit }: Benchmark, columns: Columns): string {
  return [
    `${name}: ${about}`,
    `${unit ?? 'milliseconds'}, median (best); ratios are of speed, by medians`,
    line(['', ...columns.names, ...columns.pairs.map(nameOfRatio)], columns),
  ].join('\n');
}

const showNumber = (value: number): string =>
  Number.isInteger(value) ? `${value}` : value.toPrecision(value < 1 ? 4 : 3);

/** What is to be said of a contestant below its row: why it failed, or how slowly it began. */
function remark(name: string, timing: Timing): string[] {
  if ('failure' in timing) return [`  ${name} failed: ${timing.failure}`];
  const { first = 0, median } = timing;
  if (first < slowStart || first < 2 * median) return [];
  return [`  ${name} took ${first.toFixed(0)} s for the first run`];
}

/** A row, and below it what else was measured, and what is to be said of contestants. */
export function showRow(row: Row, columns: Columns, unit: Unit): string {
  const { label, about, work, timings, figures = {} } = row;
  const cells = [
    label,
    ...columns.names.map((name) => cell(timings.get(name), work, unit)),
    ...columns.pairs.map((pair) => ratio(row, pair)?.toFixed(2) ?? ''),
  ];
  const remarks = [...timings].flatMap(([name, timing]) => remark(name, timing));
  const others = Object.entries(figures).map(([name, value]) => `${name} ${showNumber(value)}`);
  const below = [about, others.join(', ')].filter(Boolean).map((text) => `  ${text}`);
  return [line(cells, columns), ...below, ...remarks].join('\n');
}

/** The same for machines: seconds by contestant, and the ratios by name. */
export const plainRow = (row: Row, { pairs }: Columns) => ({
  label: row.label,
  about: row.about,
  work: row.work,
  figures: row.figures,
  seconds: Object.fromEntries(row.timings),
  ratios: Object.fromEntries(pairs.map((pair) => [nameOfRatio(pair), ratio(row, pair)])),
});
