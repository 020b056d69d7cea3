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
  if ('failure' in timing) return 'failed';
  const { median, best } = timing;
  return `${figure(median, work, unit)} (${figure(best, work, unit)})`;
}

/** How many times as fast by medians, where both were measured. */
function ratio({ timings }: Row, [name, by]: Pair): number | undefined {
  const [x, y] = [timings.get(name), timings.get(by)];
  if (!x || !y || 'failure' in x || 'failure' in y) return undefined;
  return y.median / x.median;
}

/** All columns of a table: contestants in order, then the first against each of the others. */
function columnsOf(rows: readonly Row[], order: readonly string[]) {
  const there = new Set(rows.flatMap(({ timings }) => [...timings.keys()]));
  const names = [...order.filter((name) => there.has(name))];
  for (const name of there) if (!names.includes(name)) names.push(name);
  const [first, ...others] = names;
  const pairs = others.map(
    (other): Pair => (order.includes(other) ? [other, first] : [first, other]),
  );
  return { names, pairs };
}

/** `order` names the `simd` devices: the first is compared with all others. */
export function showTable(
  { name, about, unit }: Benchmark,
  rows: readonly Row[],
  order: readonly string[],
): string {
  const { names, pairs } = columnsOf(rows, order);
  const header = ['', ...names, ...pairs.map(nameOfRatio)];
  const body = rows.map((row) => [
    row.label,
    ...names.map((each) => cell(row.timings.get(each), row.work, unit)),
    ...pairs.map((pair) => ratio(row, pair)?.toFixed(2) ?? ''),
  ]);
  const lines = [header, ...body];
  const widths = header.map((_, c) => Math.max(...lines.map((line) => line[c].length)));
  const pad = (text: string, c: number) =>
    c === 0 ? text.padEnd(widths[c]) : text.padStart(widths[c]);
  const failures = rows.flatMap(({ label, timings }) =>
    [...timings].flatMap(([each, timing]) =>
      'failure' in timing ? [`${each} failed on ${label}: ${timing.failure}`] : [],
    ),
  );
  return [
    `${name}: ${about}`,
    `${unit ?? 'milliseconds'}, median (best); ratios are of speed`,
    ...lines.map((line) => line.map(pad).join('  ').trimEnd()),
    ...failures,
  ].join('\n');
}

/** The same for machines: seconds by contestant, and the ratios by name. */
export function plainRows(rows: readonly Row[], order: readonly string[]) {
  const { pairs } = columnsOf(rows, order);
  return rows.map((row) => ({
    label: row.label,
    work: row.work,
    seconds: Object.fromEntries(row.timings),
    ratios: Object.fromEntries(pairs.map((pair) => [nameOfRatio(pair), ratio(row, pair)])),
  }));
}
