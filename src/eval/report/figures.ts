/** @file The measured figures of experiments beside the stated ones, as rows of text. */

import { Grid } from '../../grid/index.ts';
import type { Results } from '../experiments/experiment.ts';
import type { ReportPart } from './experiments.ts';
import { estimateText } from './html.ts';

/** A figure that is measured. */
export interface FigureRow {
  readonly experiment: string;
  readonly figure: string;
  /** Empty where nothing states it. */
  readonly stated: string;
  /** With half of its 95 % interval, if it is of more than one seed. */
  readonly measured: string;
  /** Values that it is the mean of: one a seed, or more. */
  readonly values: number;
  /** The day on which the last cell of the experiment was done. */
  readonly date: string;
}

/** The measured figures of some experiments, in their order. */
export async function figureRows(
  parts: readonly ReportPart[],
  results: Results,
): Promise<FigureRow[]> {
  const rows: FigureRow[] = [];
  for (const { experiment, scope } of parts) {
    const { figures = [] } = await experiment.section(scope, results);
    const { cells } = new Grid(experiment.cells(scope));
    const days = cells.flatMap((cell) => results.record(cell)?.finished.slice(0, 10) ?? []);
    for (const { name, stated, measured } of figures) {
      if (!measured) continue;
      rows.push({
        experiment: experiment.name,
        figure: name,
        stated: stated === undefined ? '' : `${stated}`,
        measured: estimateText(measured),
        values: measured.count,
        date: days.sort().at(-1) ?? '',
      });
    }
  }
  return rows;
}
