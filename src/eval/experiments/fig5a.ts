/** @file `fig5a`: how each attack on head items transfers to each victim. */

import type { Cell } from '../../grid/index.ts';
import { type GroupedBar, groupedBars, legend } from '../report/charts.ts';
import { estimateText, htmlFigure, htmlTable } from '../report/html.ts';
import { counted, listed } from '../report/words.ts';
import { changeTogether, oneSeedNote } from './comparison.ts';
import {
  dataOf,
  type Experiment,
  type Figure,
  ofSeed,
  type Results,
  type Scope,
  type Section,
} from './experiment.ts';
import {
  attackOf,
  hitRateOf,
  type PaperAttack,
  type PaperVictim,
  paperAttacks,
  paperVictims,
  victimCells,
} from './published.ts';
import { paperData } from './study-data.ts';
import { statedTable2 } from './table2.ts';

const stratum = 'head';

/** The bars of a group: the victim without attack, then each attack. */
const series = ['Clean', ...paperAttacks] as const;
type Series = (typeof series)[number];

/** Attacks from those that tell most for their time. */
const order: readonly PaperAttack[] = [
  'RandFilter',
  'WRMF+SGD',
  'WRMF+ALS',
  'ItemAE(PD)',
  'ItemAE',
];

/** TargetHR@50 of head items over the seeds that there are. */
const hitRate = (victim: PaperVictim, name: Series, scope: Scope, results: Results) =>
  hitRateOf(victim, name, stratum, scope, results);

function cells(scope: Scope): Cell[] {
  const attacks = order.flatMap((name) =>
    scope.seeds.map((seed) => attackOf(name, stratum, seed, scope)),
  );
  const victims = (['Clean', ...order] as const).flatMap((name) =>
    paperVictims.flatMap((victim) => victimCells(victim, name, stratum, scope)),
  );
  // An attack runs before the first victim that takes it.
  return [...victims, ...attacks];
}

const axes = { y: 'HR@50 of the target set', groups: paperVictims, series };

async function paperPart(): Promise<string> {
  const { head } = statedTable2;
  const bars = paperVictims.flatMap((group) => [
    { group, series: 'Clean', mean: head.clean[group], margin: Number.NaN },
    { group, series: 'WRMF+SGD', mean: head.attacked[group], margin: Number.NaN },
  ]);
  const caption =
    'the bars whose heights the paper states, in Table 2; it draws the others without numbers';
  return legend(series) + htmlFigure(await groupedBars(bars, axes), caption);
}

function barsOf(scope: Scope, results: Results): GroupedBar[] {
  return paperVictims.flatMap((group) =>
    series.flatMap((name) => {
      const rate = hitRate(group, name, scope, results);
      return rate ? [{ group, series: name, mean: rate.mean, margin: rate.margin }] : [];
    }),
  );
}

/** On which victims an attack beats another state, and on which it does not, by the same seeds. */
function compare(better: Series, other: Series, scope: Scope, results: Results): string | null {
  const pairs = paperVictims.flatMap((victim) => {
    const [before, after] = [other, better].map((name) => (seed: number) => {
      return hitRate(victim, name, ofSeed(scope, seed), results)?.mean;
    });
    const change = changeTogether(scope.seeds, before, after);
    return change ? [{ name: victim, seeds: change.count, wins: change.mean > 0 }] : [];
  });
  if (pairs.length === 0) return null;
  const lost = pairs.filter(({ wins }) => !wins).map(({ name }) => name);
  const won = pairs.length - lost.length;
  const what = `${better} against ${other}: higher on ${won} of ${counted(pairs.length, 'victim')}`;
  const note = oneSeedNote(pairs);
  return lost.length > 0 && won > 0 ? `${what}, not on ${listed(lost)}${note}.` : `${what}${note}.`;
}

/** Where the rates without attack lie beside those of the paper; only the paper's data have any. */
function cleanFinding(scope: Scope, results: Results): string[] {
  if (dataOf(scope).digest !== paperData.digest) return [];
  const ratios = paperVictims.flatMap((victim) => {
    const rate = hitRate(victim, 'Clean', scope, results);
    return rate ? [rate.mean / statedTable2.head.clean[victim]] : [];
  });
  if (ratios.length === 0) return [];
  const ends = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
  return [
    `Without attack the rates are ${[...new Set(ends)].join(' to ')} times the paper's, since the ` +
      'targets are other items of the same stratum and the split is another one.',
  ];
}

function findings(scope: Scope, results: Results): string[] {
  const others = ['Clean', 'RandFilter', 'WRMF+ALS'] as const;
  const lines = others.flatMap((other) => compare('WRMF+SGD', other, scope, results) ?? []);
  const random = compare('RandFilter', 'Clean', scope, results);
  const partial = compare('ItemAE(PD)', 'ItemAE', scope, results);
  const clean = cleanFinding(scope, results);
  if (lines.length === 0 && !random && !partial) return clean;
  return [
    ...lines,
    'In the paper WRMF+SGD is above the rates without attack on all six victims, and WRMF+ALS is ' +
      'much worse than it in most cases.',
    ...(random
      ? [`${random} The paper finds RandFilter unstable: it helps on some victims alone.`]
      : []),
    ...(partial ? [`${partial} In the paper more unrolling is no gain in most cases.`] : []),
    ...clean,
    'The victims have seeds of their own, as an attacker does not know them: fake users are fitted ' +
      'to the seed of their surrogate and look better on a victim that starts as it did.',
  ];
}

async function measuredPart(scope: Scope, results: Results): Promise<string> {
  const bars = barsOf(scope, results);
  if (bars.length === 0) return '';
  const picture = htmlFigure(
    await groupedBars(bars, axes),
    'HR@50 of five head items on each victim, by attack',
  );
  const rows = series.map((name) => [
    name,
    ...paperVictims.map((victim) => estimateText(hitRate(victim, name, scope, results))),
  ]);
  return legend(series) + picture + htmlTable(['attack', ...paperVictims], rows);
}

const statedRates: { readonly [name in Series]?: { readonly [victim in PaperVictim]: number } } = {
  Clean: statedTable2.head.clean,
  'WRMF+SGD': statedTable2.head.attacked,
};

const figures = (scope: Scope, results: Results): Figure[] =>
  series.flatMap((name) =>
    paperVictims.map((victim) => ({
      name: `HR@50 of head items, ${name}, ${victim}`,
      stated: statedRates[name]?.[victim],
      measured: hitRate(victim, name, scope, results),
    })),
  );

/** Figure 5(a). */
export const fig5a: Experiment = {
  name: 'fig5a',
  about: 'HR@50 of head items on six victims, by attack',
  source: 'Figure 5(a)',
  seeds: 4,
  onData: true,
  cells,
  async section(scope, results): Promise<Section> {
    return {
      paper: await paperPart(),
      measured: await measuredPart(scope, results),
      wide: true,
      findings: scope.quick ? [] : findings(scope, results),
      figures: figures(scope, results),
    };
  },
};
