/** @file A victim trained undefended and defended, clean and attacked, and what came of it. */

import type { DefendedResult, Treated } from './defended.ts';
import { type Averages, averagesOf, changesOf, type VictimRun } from './repeated.ts';

/** The four trainings from one seed. */
export interface DefenceRuns {
  readonly plain: { readonly clean: VictimRun; readonly attacked: VictimRun };
  readonly defended: {
    readonly clean: DefendedResult & VictimRun;
    readonly attacked: DefendedResult & VictimRun;
  };
}

/** A victim, defended or not, with or without fake users, over all seeds. */
export interface DefenceRow {
  readonly defended: boolean;
  readonly attacked: boolean;
  readonly mean: Averages;
}

/** The means over seeds. */
export interface DefenceSummary {
  readonly rows: readonly DefenceRow[];
  /** From undefended to defended victims of the same seed. */
  readonly change: { readonly clean: Averages; readonly attacked: Averages };
  /** What the defence did to users under attack: means over seeds. */
  readonly genuine: Treated;
  readonly fake: Treated;
}

/** Means, intervals and paired changes over the seeds of some runs, at least one. */
export function summaryOf(runs: readonly DefenceRuns[]): DefenceSummary {
  const of = (side: 'plain' | 'defended', at: 'clean' | 'attacked'): VictimRun[] =>
    runs.map((run) => run[side][at]);
  const row = (side: 'plain' | 'defended', at: 'clean' | 'attacked'): DefenceRow => ({
    defended: side === 'defended',
    attacked: at === 'attacked',
    mean: averagesOf(of(side, at)),
  });
  const treated = (who: 'genuine' | 'fake'): Treated => {
    const mean = (name: keyof Treated) =>
      runs.reduce((sum, { defended }) => sum + defended.attacked[who][name] / runs.length, 0);
    return { removed: mean('removed'), weight: mean('weight') };
  };
  return {
    rows: [
      row('plain', 'clean'),
      row('plain', 'attacked'),
      row('defended', 'clean'),
      row('defended', 'attacked'),
    ],
    change: {
      clean: changesOf(of('plain', 'clean'), of('defended', 'clean')),
      attacked: changesOf(of('plain', 'attacked'), of('defended', 'attacked')),
    },
    genuine: treated('genuine'),
    fake: treated('fake'),
  };
}
