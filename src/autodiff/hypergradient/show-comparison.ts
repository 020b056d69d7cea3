/** @file `showComparison`: a comparison of estimators as text. */

import type { ComparedRow, Comparison } from './compare.ts';

const head = [
  'estimator',
  'error',
  'cosine',
  'norm',
  'retrained',
  'residual',
  's',
  'steps',
  'MB',
] as const;

/** The rows as a table of text: a line each, and the reasons of those that refused below. */
export function showComparison({ rows, unsteady }: Comparison): string {
  const table = rows.map((row) => ('refused' in row ? [row.method, 'refused'] : cellsOf(row)));
  const reasons = rows.flatMap((row) =>
    'refused' in row ? [`${row.method}: ${row.refused}`] : [],
  );
  const doubt =
    unsteady > 0
      ? [
          `retrained: ${unsteady} ${unsteady === 1 ? 'direction' : 'directions'} left out, where the ` +
            'slope depends on the step or is nothing but rounding',
        ]
      : [];
  return [...aligned([head, ...table]), ...reasons, ...doubt].join('\n');
}

const short = (value: number | undefined): string => value?.toExponential(1) ?? '';

/** A gradient of zeros has no direction: its cosine is no number. */
const defined = (value: number, text: string): string => (Number.isFinite(value) ? text : '-');

/** What a row shows under each title. */
const cellsOf = (row: ComparedRow): string[] => [
  row.method,
  defined(row.error, short(row.error)),
  defined(row.cosine, row.cosine.toFixed(6)),
  defined(row.normRatio, row.normRatio < 1e4 ? row.normRatio.toFixed(4) : short(row.normRatio)),
  short(row.retrainedError),
  short(row.certificate?.residual),
  row.seconds.toFixed(2),
  `${row.forwardSteps}`,
  (row.heldBytes / 1e6).toFixed(2),
];

/** Lines whose columns are as wide as their widest cell: the first to the left, others to the right. */
function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}
