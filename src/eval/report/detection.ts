/** @file The report of detectors on attacks: one HTML page without scripts. */

import type { SparseMatrix } from '../../data/portable.ts';
import type { AttackCase } from '../detection/attack-case.ts';
import type { BootstrapInterval } from '../detection/judge.ts';
import { popularityDensities } from '../detection/popularity-density.ts';
import type { Detection, DetectionResult } from '../detection/protocol.ts';
import { rocCurve } from '../detection/roc.ts';
import { featureChart, popularityChart, rocChart } from './detection-charts.ts';
import { escaped, htmlFigure, htmlTable, missing, paragraph } from './html.ts';
import { htmlPage } from './page.ts';
import { fakeColor, genuineColor } from './palette.ts';
import { counted } from './words.ts';

/** A feature of all users of an attack, genuine ones first, and the area under its ROC curve. */
export interface FeatureColumn {
  readonly attack: string;
  readonly feature: string;
  readonly values: Float64Array;
  readonly rocAuc: number;
}

/** What the report is about. */
export interface DetectionReport {
  readonly data: string;
  readonly train: SparseMatrix;
  readonly attacks: readonly AttackCase[];
  readonly features: readonly FeatureColumn[];
  readonly detection: Detection;
  readonly falseAlarms: number;
  readonly seed: number;
}

/** A measure with its interval, such as `0.912 [0.89, 0.93]`; a dash for none. */
export function intervalText(interval: BootstrapInterval | null, digits = 3): string {
  if (!interval) return missing;
  const { value, low, high } = interval;
  return `${value.toFixed(digits)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

/** A share that was chosen, in percent as it was written: 0.07 is `7 %`, 0.0005 is `0.05 %`. */
export const chosenPercent = (share: number): string =>
  `${Number((100 * share).toPrecision(12))} %`;

/** A measured share in percent with one digit, or the first one that is not 0. */
function percent(share: number): string {
  const value = 100 * share;
  const isTiny = value > 0 && value < 0.1;
  return `${isTiny ? Number(value.toPrecision(1)) : value.toFixed(1)} %`;
}

/** What it costs genuine users, such as `1.2 % (31 clicks of 27)`; a dash for no threshold. */
export function costText({ cost }: Pick<DetectionResult, 'cost'>): string {
  if (!cost) return missing;
  const { removed, removedLength, meanLength } = cost;
  if (removedLength === null) return 'none';
  return `${percent(removed)} (${removedLength.toFixed(0)} clicks of ${meanLength.toFixed(0)})`;
}

function resultsTable({ detection, falseAlarms, attacks }: DetectionReport): string {
  const { results } = detection;
  const isLeaky = results.some(({ leaky }) => leaky);
  const header = [
    'detector',
    'ROC-AUC [95 %]',
    'PR-AUC',
    'precision at |V|',
    `found at ${chosenPercent(falseAlarms)}`,
    'genuine users flagged',
    ...(isLeaky ? ['ROC-AUC, leaky', 'found, leaky'] : []),
  ];
  return attacks
    .map(({ name, fakes }) => {
      const own = results.filter(({ attack }) => attack === name);
      const rows = own.map((result) => [
        result.detector,
        intervalText(result.rocAuc),
        intervalText(result.averagePrecision),
        intervalText(result.precision),
        intervalText(result.detection),
        costText(result),
        ...(result.leaky
          ? [
              `${intervalText(result.leaky.rocAuc)}${result.leaky.turned ? ', turned' : ''}`,
              intervalText(result.leaky.detection),
            ]
          : []),
      ]);
      const base = own[0] ? `; base rate ${percent(own[0].baseRate)}` : '';
      return htmlTable(header, rows, `${name}: ${counted(fakes.rows, 'fake user')}${base}`);
    })
    .join('\n');
}

function featuresTable({ features, attacks }: DetectionReport): string {
  const names = [...new Set(features.map(({ feature }) => feature))];
  const areaOf = (feature: string, attack: string) =>
    features.find((one) => one.feature === feature && one.attack === attack)?.rocAuc;
  return htmlTable(
    ['feature', ...attacks.map(({ name }) => name)],
    names.map((feature) => [
      feature,
      ...attacks.map(({ name }) => areaOf(feature, name)?.toFixed(3) ?? missing),
    ]),
    'ROC-AUC of each feature over all users, higher taken for fake',
  );
}

async function rocFigures({ detection, attacks, train }: DetectionReport): Promise<string> {
  const figures = attacks.map(async ({ name, fakes }) => {
    const own = detection.results.filter(({ attack }) => attack === name);
    if (own.length === 0) return '';
    const users = Array.from(detection.judged, (_, user) => user).filter(
      (user) => detection.judged[user] === 1,
    );
    for (let row = 0; row < fakes.rows; row++) users.push(train.rows + row);
    const fake = users.map((user) => (user < train.rows ? 0 : 1));
    const sorted = [...own].sort((a, b) => b.rocAuc.value - a.rocAuc.value);
    const curves = sorted.map(({ detector, scores }) => ({
      name: detector,
      points: rocCurve({ scores: users.map((user) => scores[user]), fake }),
    }));
    const order = curves.length > 1 ? 'curves, the largest area first,' : 'curve';
    return htmlFigure(await rocChart(curves), `ROC ${order} on ${name}`);
  });
  return (await Promise.all(figures)).join('\n');
}

async function featureFigures({ features, attacks, train }: DetectionReport): Promise<string> {
  const parts: string[] = [];
  for (const { name } of attacks) {
    const own = features.filter(({ attack }) => attack === name);
    const charts: string[] = [];
    for (const { feature, values } of own) {
      charts.push(await featureChart(feature, values, train.rows));
    }
    parts.push(`<h3>${escaped(name)}</h3>\n<div class="charts">${charts.join('\n')}</div>`);
  }
  return parts.join('\n');
}

const howJudged = (falseAlarms: number): string =>
  `A detector is judged on the fake users of an attack and half of the genuine users. What it
learns, it learns from attacks of other methods and a quarter of the genuine users. Its threshold
is the one that ${chosenPercent(falseAlarms)} of the last quarter exceed in the presence of other attacks.
Scores have their sign by definition: an area below 1/2 is a detector that is wrong on this attack.
Intervals are 95 % of bootstrap samples of users. Genuine users flagged: their share of those
judged, and their mean number of clicks beside that of all. Leaky figures, where there are any, are those of
the common way: labels, sign and threshold of the attack itself.`;

const style = `
  body { max-width: 1150px; }
  figure { margin: 2rem 0; }
  .charts { display: flex; flex-wrap: wrap; gap: 1rem; }
  table { font-size: 0.85rem; }
  .genuine { color: ${genuineColor}; } .fake { color: ${fakeColor}; }
`;

/** The page. */
export async function detectionReport(report: DetectionReport): Promise<string> {
  const { data, train, attacks, detection, seed, falseAlarms } = report;
  const skipped = detection.skipped.map(
    ({ detector, attack, reason }) => `${detector} on ${attack} was left out: ${reason}.`,
  );
  const densities = popularityDensities(train, [
    { name: 'genuine', clicks: train },
    ...attacks.map(({ name, fakes }) => ({ name, clicks: fakes })),
  ]);
  const body = `<h1>Detectors of fake users on ${escaped(data)}</h1>
${paragraph(`${train.rows} genuine users, ${train.columns} items, seed ${seed}.`)}
${paragraph(howJudged(falseAlarms))}
${skipped.map(paragraph).join('\n')}
<h2>Detectors</h2>
${resultsTable(report)}
${await rocFigures(report)}
<h2>Features</h2>
${featuresTable(report)}
${htmlFigure(await popularityChart(densities), 'Popularity of the items that users click')}
<p>Histograms of <b class="genuine">genuine</b> and <b class="fake">fake</b> users: the bars are shares of either, and sum to 1.</p>
${await featureFigures(report)}`;
  return htmlPage(`detectors on ${data}`, body, style);
}
