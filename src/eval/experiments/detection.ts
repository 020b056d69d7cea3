/** @file `detection`: how well detectors find the fake users of learned attacks and of heuristics. */

import { detectorNames, featureNames } from '../../defence/index.ts';
import { type Cell, defineCell } from '../../grid/index.ts';
import type { BootstrapInterval } from '../detection/judge.ts';
import { estimate } from '../metrics/interval.ts';
import { intervalText } from '../report/detection.ts';
import { areaChart } from '../report/detection-charts.ts';
import { estimateText, htmlFigure, htmlTable, missing, paragraph } from '../report/html.ts';
import { counted, listed, signed } from '../report/words.ts';
import { type DetectorRow, type DetectorRows, detectorCell } from './cells/detector.ts';
import { type FeaturesResult, featuresCell } from './cells/features.ts';
import { highestOf } from './comparison.ts';
import {
  dataOf,
  type Experiment,
  type Figure,
  type Results,
  type Scope,
  type Section,
} from './experiment.ts';
import { attackGround, attackOf } from './published.ts';

/** Attacks of the paper on head items, and heuristics on tail items. */
const published = { RandFilter: 'random-filler', 'WRMF+SGD': 'wrmf-sgd', 'WRMF+ALS': 'wrmf-als' };
type Published = keyof typeof published;
const heuristics = ['random-filler', 'popularity-proportional', 'bandwagon', 'power-user', 'copy'];

/** ROC-AUC of features of published attacks on LightGCN's Gowalla, as NumPy computes them. */
const statedAreas: { readonly [file: string]: { readonly [feature: string]: number } } = {
  'random_1.json': {
    MUD: 0.418,
    QUD: 0.314,
    RUD: 0.372,
    length: 0.589,
    'mean inverse popularity': 0.714,
  },
  'dp_1.json': {
    MUD: 0.462,
    QUD: 0.854,
    RUD: 0.428,
    length: 0.678,
    'mean inverse popularity': 0.167,
  },
};

const partsOf = ({ quick }: Scope) => ({
  attacks: (quick ? ['RandFilter', 'WRMF+SGD'] : Object.keys(published)) as Published[],
  heuristics: quick ? ['copy'] : heuristics,
});

function attackCells(seed: number, scope: Scope) {
  const names = partsOf(scope).attacks;
  return Object.fromEntries(names.map((name) => [name, attackOf(name, 'head', seed, scope)]));
}

function detectorOf(detector: string, seed: number, scope: Scope): Cell<DetectorRows> {
  const { digest, targets } = dataOf(scope);
  const parts = partsOf(scope);
  const attacks = parts.attacks.map((name) => {
    return [name, { method: published[name], targets: targets.head }] as const;
  });
  const config = {
    data: digest,
    detector,
    attacks: Object.fromEntries(attacks),
    heuristics: parts.heuristics,
    heuristicTargets: targets.tail,
    count: attackGround('tail', seed, scope).count,
    seed,
    resamples: scope.quick ? 50 : 500,
    precision: 'f32',
  } as const;
  return defineCell(detectorCell, config, attackCells(seed, scope));
}

/** The features of each published file. */
const featureCells = ({ published: found }: Scope): Cell<FeaturesResult>[] =>
  (found?.files ?? []).map(({ file, fakes }) => {
    const config = { data: found?.data ?? '', file, fakes, features: featureNames };
    return defineCell(featuresCell, config);
  });

/** A row of a detector. */
type Row = DetectorRow & { readonly detector: string };

/** The rows of all seeds that there are. */
const rowsOf = (scope: Scope, results: Results): Row[] =>
  scope.seeds.flatMap((seed) =>
    detectorNames.flatMap((detector) => {
      const found = results.of(detectorOf(detector, seed, scope))?.rows ?? [];
      return found.map((row) => ({ ...row, detector }));
    }),
  );

/** A measure of a seed with its bootstrap interval, or the mean over seeds with that over these. */
const measureText = (intervals: readonly BootstrapInterval[]): string =>
  intervals.length > 1
    ? estimateText(estimate(intervals.map(({ value }) => value)), 3)
    : intervalText(intervals[0] ?? null);

/** A table of detectors by attacks. */
function tableOf(
  rows: readonly Row[],
  measure: (row: Row) => BootstrapInterval | null | undefined,
  caption: string,
): string {
  const attacks = [...new Set(rows.map(({ attack }) => attack))];
  const detectors = [...new Set(rows.map(({ detector }) => detector))];
  const cell = (detector: string, attack: string) => {
    const own = rows.filter((row) => row.detector === detector && row.attack === attack);
    return measureText(own.flatMap((row) => measure(row) ?? []));
  };
  return htmlTable(
    ['detector', ...attacks],
    detectors.map((detector) => [detector, ...attacks.map((attack) => cell(detector, attack))]),
    caption,
  );
}

const captions = {
  area: 'ROC-AUC; labels and thresholds are of attacks of other methods on other targets',
  found: 'Share of fake users found by a threshold that 1 % of genuine users exceed',
  leaky: 'ROC-AUC judged the common way, by labels and sign of the attack itself',
};

/** Areas of detectors by attacks, without leaks and with them. */
async function pictures(rows: readonly Row[]): Promise<string> {
  const cells = (areaOf: (row: Row) => number | undefined) =>
    [...new Set(rows.map(({ detector }) => detector))].flatMap((detector) =>
      [...new Set(rows.map(({ attack }) => attack))].flatMap((attack) => {
        const own = rows.filter((row) => row.detector === detector && row.attack === attack);
        const area = estimate(own.flatMap((row) => areaOf(row) ?? []))?.mean;
        return area === undefined ? [] : [{ detector, attack, area }];
      }),
    );
  const honest = await areaChart(cells(({ rocAuc }) => rocAuc.value));
  const leaky = await areaChart(cells(({ leaky: found }) => found?.rocAuc.value));
  return [htmlFigure(honest, captions.area), htmlFigure(leaky, captions.leaky)].join('\n');
}

async function detectorPart(rows: readonly Row[]): Promise<string> {
  if (rows.length === 0) return '';
  const base = estimate(rows.map(({ baseRate }) => baseRate))?.mean.toFixed(3);
  return [
    await pictures(rows),
    tableOf(rows, ({ rocAuc }) => rocAuc, captions.area),
    tableOf(rows, ({ detection: found }) => found, captions.found),
    tableOf(rows, ({ averagePrecision }) => averagePrecision, `PR-AUC; the base rate is ${base}`),
    tableOf(rows, ({ leaky }) => leaky?.rocAuc, captions.leaky),
  ].join('\n');
}

/** The areas of features on published files, with those that NumPy gives. */
function featureTable(scope: Scope, results: Results): string {
  const cells = featureCells(scope);
  const found = cells.map((cell) => results.of(cell));
  if (found.every((result) => result === null)) return '';
  const files = scope.published?.files.map(({ file }) => file) ?? [];
  const rows = featureNames.map((feature) => [
    feature,
    ...files.flatMap((file, i) => [
      found[i]?.rocAuc[feature]?.toFixed(3) ?? missing,
      statedAreas[file]?.[feature]?.toFixed(3) ?? '',
    ]),
  ]);
  const header = ['feature', ...files.flatMap((file) => [file, 'NumPy'])];
  return htmlTable(header, rows, 'ROC-AUC of features on published attack files');
}

/** A detector on an attack, over its seeds. */
interface Judged {
  readonly detector: string;
  readonly attack: string;
  readonly area: number;
  /** The upper end of the interval: of the mean over seeds, or, of one seed, of the bootstrap. */
  readonly high: number;
  /** How much more the common way of judging gives. */
  readonly gap: number | undefined;
}

function judgedOf(rows: readonly Row[]): Judged[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = `${row.detector} on ${row.attack}`;
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups.values()].flatMap((own) => {
    const [{ detector, attack, rocAuc }] = own;
    const area = estimate(own.map((row) => row.rocAuc.value));
    if (!area) return [];
    const gaps = own.flatMap((row) =>
      row.leaky ? [row.leaky.rocAuc.value - row.rocAuc.value] : [],
    );
    const high = own.length === 1 ? rocAuc.high : area.mean + area.margin;
    return [{ detector, attack, area: area.mean, high, gap: estimate(gaps)?.mean }];
  });
}

/** The detectors of the highest mean on each attack, where all are done from the same seed. */
function highestFinding(scope: Scope, results: Results): string[] {
  const seeds = scope.seeds.filter((seed) =>
    detectorNames.every((name) => results.of(detectorOf(name, seed, scope))),
  );
  const judged = judgedOf(rowsOf({ ...scope, seeds }, results));
  const best = [...new Set(judged.map(({ attack }) => attack))].map((attack) => {
    const highest = highestOf(
      judged.filter((one) => one.attack === attack),
      ({ area }) => area,
    );
    const names = listed(highest.map(({ detector }) => detector));
    return `${attack} ${highest[0].area.toFixed(3)} (${names})`;
  });
  if (best.length === 0) return [];
  const over = seeds.length > 1 ? `, means over ${seeds.length} seeds` : '';
  return [`The highest ROC-AUC of any detector on each attack${over}: ${best.join('; ')}.`];
}

/** What the common way to judge adds. */
function leakFinding(judged: readonly Judged[]): string[] {
  const gaps = judged.flatMap((one) => (one.gap === undefined ? [] : [{ ...one, gap: one.gap }]));
  const mean = estimate(gaps.map(({ gap }) => gap))?.mean;
  if (mean === undefined) return [];
  const most = highestOf(gaps, ({ gap }) => gap);
  const names = listed(most.map(({ detector, attack }) => `${detector} on ${attack}`));
  const lead = 'The common way to judge, by labels and sign of the attack itself, ';
  if (gaps.length === 1) return [`${lead}changes ROC-AUC of ${names} by ${signed(mean, 3)}.`];
  return [
    `${lead}changes ROC-AUC by ${signed(mean, 3)} on average` +
      (most.length < gaps.length ? `; the highest is ${signed(most[0].gap, 3)}, ${names}.` : '.'),
  ];
}

function findings(rows: readonly Row[], scope: Scope, results: Results): string[] {
  const judged = judgedOf(rows);
  if (judged.length === 0) return [];
  const wrong = judged.filter(({ high }) => high < 0.5);
  const pairs = wrong.map(({ detector, attack }) => `${detector} on ${attack}`);
  return [
    ...highestFinding(scope, results),
    ...leakFinding(judged),
    pairs.length > 0
      ? `Worse than chance, the whole interval below 1/2: ${pairs.join(', ')}. The signs are those ` +
        'of the definitions, which do not fit there.'
      : `The whole interval lies below 1/2, worse than chance, for none of ` +
        `${counted(judged.length, 'pair')} of a detector and an attack.`,
  ];
}

function figures(rows: readonly Row[], scope: Scope, results: Results): Figure[] {
  const files = featureCells(scope).flatMap((cell, i) => {
    const file = scope.published?.files[i].file ?? '';
    const areas = results.of(cell)?.rocAuc;
    return Object.entries(statedAreas[file] ?? {}).map(([feature, stated]) => ({
      name: `ROC-AUC of ${feature} on ${file}`,
      stated,
      measured: areas ? estimate([areas[feature]]) : null,
    }));
  });
  const pairs = new Map<string, number[]>();
  for (const { detector, attack, rocAuc } of rows) {
    const name = `ROC-AUC of ${detector} on ${attack}`;
    pairs.set(name, [...(pairs.get(name) ?? []), rocAuc.value]);
  }
  return [...files, ...[...pairs].map(([name, all]) => ({ name, measured: estimate(all) }))];
}

/** Detectors on attacks, beyond the paper. */
export const detection: Experiment = {
  name: 'detection',
  about: 'detectors on learned attacks and heuristics, leave one attack out',
  source: 'Beyond the paper',
  seeds: 1,
  onData: true,
  cells: (scope) => [
    ...featureCells(scope),
    ...scope.seeds.flatMap((seed) => [
      ...detectorNames.map((name) => detectorOf(name, seed, scope)),
      ...Object.values(attackCells(seed, scope)),
    ]),
  ],
  async section(scope, results): Promise<Section> {
    const paper = paragraph(
      'The paper looks at fake users in latent space and at the popularity of what they click, and ' +
        'asks no detector.',
    );
    const rows = rowsOf(scope, results);
    const parts = [await detectorPart(rows), featureTable(scope, results)];
    const measured = parts.filter((part) => part !== '').join('\n');
    const found = scope.quick ? [] : findings(rows, scope, results);
    return { paper, measured, wide: true, findings: found, figures: figures(rows, scope, results) };
  },
};
