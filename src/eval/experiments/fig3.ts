/** @file `fig3`: the exact attack on synthetic data, over its iterations. */

import { type Estimate, estimate } from '../metrics/interval.ts';
import { type CurvePoint, curves } from '../report/charts.ts';
import { estimateText, htmlFigure } from '../report/html.ts';
import type { AttackLine } from './cells/attack-run.ts';
import type { Experiment, Results, Scope, Section } from './experiment.ts';
import { syntheticAttackCell, trainingSteps, wrmfOuter } from './synthetic-grid.ts';

/** What the paper and the notebook of its published code state; the rest is a picture. */
const stated = {
  hitRate: { mean: 0.568, margin: 0.06 },
  notebook: { loss: [5154.66, 4663.87], target: [0.039, 0.639], test: [0.467, 0.483] },
};

const attack = (seed: number, scope: Scope) =>
  syntheticAttackCell('wrmf-sgd', trainingSteps(scope), wrmfOuter, seed, scope);

/** The histories that there are, one a seed. */
function histories(scope: Scope, results: Results): (readonly AttackLine[])[] {
  const all = scope.seeds.map((seed) => results.of(attack(seed, scope)));
  return all.flatMap((result) => (result ? [result.history] : []));
}

/** A number of each iteration, over the seeds. */
function curveOf(
  series: string,
  runs: readonly (readonly AttackLine[])[],
  number: (line: AttackLine) => number,
): CurvePoint[] {
  const length = Math.min(...runs.map((run) => run.length));
  return Array.from({ length }, (_, i) => {
    const { mean, margin } = estimate(runs.map((run) => number(run[i]))) as Estimate;
    return { x: i, y: mean, margin, series };
  });
}

const target = ({ figures }: AttackLine) => figures.targetHitRate;
const test = ({ figures }: AttackLine) => figures.testHitRate;

async function panels(
  loss: readonly CurvePoint[],
  rates: readonly CurvePoint[],
  { k = 10, dots = false } = {},
) {
  const x = 'iteration';
  const a = await curves(loss, { x, y: 'adversarial loss', dots });
  const b = await curves(rates, { x, y: `HR@${k}`, domain: [0, 0.7], dots });
  return [
    htmlFigure(a, '(a) the adversarial loss'),
    htmlFigure(b, `(b) HR@${k} of the target item and of the test items`),
  ].join('\n');
}

function paperPanels(): Promise<string> {
  const { notebook, hitRate } = stated;
  const ends = (series: string, [first, last]: number[]) => [
    { x: 1, y: first, margin: Number.NaN, series },
    { x: 50, y: last, margin: Number.NaN, series },
  ];
  return panels(
    ends('loss', notebook.loss),
    [
      ...ends('target item', [notebook.target[0], hitRate.mean]).map((point) => ({
        ...point,
        margin: point.x === 50 ? hitRate.margin : Number.NaN,
      })),
      ...ends('test items', notebook.test),
    ],
    { dots: true },
  );
}

function findings(runs: readonly (readonly AttackLine[])[]): string[] {
  const last = (number: (line: AttackLine) => number) =>
    estimate(runs.map((run) => number(run[run.length - 1]))) as Estimate;
  const first = (number: (line: AttackLine) => number) =>
    estimate(runs.map((run) => number(run[0]))) as Estimate;
  const end = last(target);
  const { mean, margin } = stated.hitRate;
  const where = Math.abs(end.mean - mean) <= margin ? 'within' : 'outside of';
  const change = last(test).mean - first(test).mean;
  return [
    `The paper states ${mean} for HR@10 of the target at iteration 50, with bars of about ` +
      `${margin}. Measured: ${estimateText(end, 3)}, ${where} these bars.`,
    `HR@10 of the test items changes by ${change.toFixed(3)} on average` +
      (Math.abs(change) <= 0.03 ? ': quality hardly changes, as in the paper.' : '.'),
    'Data and initial factors are drawn by another generator than the published code has, so ' +
      'single runs differ and means can be compared.',
  ];
}

/** Figure 3. */
export const fig3: Experiment = {
  name: 'fig3',
  about: 'adversarial loss and HR@10 over the iterations, exact gradients through WRMF',
  source: 'Figure 3',
  seeds: 5,
  onData: false,
  cells: (scope) => scope.seeds.map((seed) => attack(seed, scope)),
  async section(scope, results): Promise<Section> {
    const runs = histories(scope, results);
    const paper = await paperPanels();
    if (runs.length === 0) return { paper, measured: '', findings: [] };
    const rates = [...curveOf('target item', runs, target), ...curveOf('test items', runs, test)];
    const loss = curveOf('loss', runs, (line) => line.loss);
    return {
      paper,
      measured: await panels(loss, rates),
      findings: scope.quick ? [] : findings(runs),
      figures: [
        {
          name: 'HR@10 of the target at iteration 50',
          stated: stated.hitRate.mean,
          measured: estimate(runs.map((run) => target(run[run.length - 1]))),
        },
      ],
    };
  },
};
