/** @file `detection`: how well detectors find the fake users of learned attacks and of heuristics. */

import { detectorNames } from '../../defence/index.ts';
import { type Cell, defineCell } from '../../grid/index.ts';
import { estimate } from '../metrics/interval.ts';
import { estimateText, htmlTable, paragraph } from '../report/html.ts';
import { type DetectionRow, type DetectionRows, detectionCell } from './cells/detection.ts';
import { dataOf, type Experiment, type Results, type Scope, type Section } from './experiment.ts';
import { attackGround, attackOf } from './published.ts';

/** Attacks of the paper on head items, and heuristics on tail items. */
const published = { RandFilter: 'random-filler', 'WRMF+SGD': 'wrmf-sgd', 'WRMF+ALS': 'wrmf-als' };
type Published = keyof typeof published;
const heuristics = ['popularity-proportional', 'bandwagon', 'power-user', 'copy'];

const partsOf = ({ quick }: Scope) => ({
  attacks: (quick ? ['RandFilter', 'WRMF+SGD'] : Object.keys(published)) as Published[],
  heuristics: quick ? ['copy'] : heuristics,
});

function attackCells(seed: number, scope: Scope) {
  const names = partsOf(scope).attacks;
  return Object.fromEntries(names.map((name) => [name, attackOf(name, 'head', seed, scope)]));
}

function detectionOf(seed: number, scope: Scope): Cell<DetectionRows> {
  const { digest, targets } = dataOf(scope);
  const parts = partsOf(scope);
  const attacks = parts.attacks.map((name) => [
    name,
    { method: published[name], targets: targets.head },
  ]);
  const { count } = attackGround('tail', seed, scope);
  return defineCell(
    detectionCell,
    {
      data: digest,
      detectors: detectorNames,
      attacks: Object.fromEntries(attacks),
      heuristics: parts.heuristics,
      heuristicTargets: targets.tail,
      count,
      seed,
      resamples: scope.quick ? 50 : 500,
      precision: 'f32',
    },
    attackCells(seed, scope),
  );
}

/** The rows of all seeds that there are. */
const rowsOf = (scope: Scope, results: Results): DetectionRow[] =>
  scope.seeds.flatMap((seed) => results.of(detectionOf(seed, scope))?.rows ?? []);

/** A table of detectors by attacks. */
function tableOf(
  rows: readonly DetectionRow[],
  value: (row: DetectionRow) => number | undefined,
  caption: string,
): string {
  const attacks = [...new Set(rows.map(({ attack }) => attack))];
  const detectors = [...new Set(rows.map(({ detector }) => detector))];
  const cell = (detector: string, attack: string) => {
    const own = rows.filter((row) => row.detector === detector && row.attack === attack);
    return estimateText(estimate(own.flatMap((row) => value(row) ?? [])), 3);
  };
  return htmlTable(
    ['detector', ...attacks],
    detectors.map((detector) => [detector, ...attacks.map((attack) => cell(detector, attack))]),
    caption,
  );
}

function findings(rows: readonly DetectionRow[]): string[] {
  const gaps = rows.map(({ rocAuc, leaky }) => (leaky ? leaky.rocAuc.value - rocAuc.value : 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const wrong = rows.filter(({ rocAuc }) => rocAuc.high < 0.5);
  const pairs = new Set(wrong.map(({ detector, attack }) => `${detector} on ${attack}`));
  return [
    `The common way to judge, by labels, sign and threshold of the attack itself, flatters ROC-AUC ` +
      `by ${mean.toFixed(3)} on average, and by ${Math.max(...gaps).toFixed(3)} at most.`,
    pairs.size > 0
      ? `Worse than chance, the whole interval below 1/2: ${[...pairs].join(', ')}. No detector has a sign that fits every attack.`
      : 'No detector is worse than chance.',
  ];
}

/** Detectors on attacks, beyond the paper. */
export const detection: Experiment = {
  name: 'detection',
  about: 'detectors on learned attacks and heuristics, leave one attack out',
  source: 'Beyond the paper',
  seeds: 4,
  onData: true,
  cells: (scope) =>
    scope.seeds.flatMap((seed) => [
      detectionOf(seed, scope),
      ...Object.values(attackCells(seed, scope)),
    ]),
  async section(scope, results): Promise<Section> {
    const paper = paragraph(
      'The paper looks at fake users in latent space and at the popularity of what they click, and ' +
        'asks no detector.',
    );
    const rows = rowsOf(scope, results);
    if (rows.length === 0) return { paper, measured: '', wide: true, findings: [] };
    const measured = [
      tableOf(
        rows,
        ({ rocAuc }) => rocAuc.value,
        'ROC-AUC; what is learned and where thresholds lie is of attacks of other methods on other targets',
      ),
      tableOf(
        rows,
        ({ detection: found }) => found?.value,
        'share of fake users found where 1 % of genuine users may be flagged',
      ),
      tableOf(
        rows,
        ({ leaky }) => leaky?.rocAuc.value,
        'ROC-AUC, judged the common way, which leaks',
      ),
    ].join('\n');
    return { paper, measured, wide: true, findings: scope.quick ? [] : findings(rows) };
  },
};
