/** @file The report of the synthetic experiment: one HTML page with its curves, without scripts. */

import type { AttackRecord } from '../../attack/index.ts';
import type { SyntheticFacts, SyntheticOutcome } from '../experiments/synthetic.ts';
import { htmlTable } from './html.ts';
import { htmlPage } from './page.ts';
import { palette } from './palette.ts';
import { draw, namesAt } from './plot.ts';

const x = { label: 'updates of the fake users' };

function lossCurve(history: readonly AttackRecord[]): Promise<string> {
  const line = { x: 'iteration', y: 'loss', stroke: palette[0], strokeWidth: 2 };
  return draw((plot) => ({
    x,
    y: { label: 'adversarial loss' },
    marks: [plot.lineY(history, line)],
  }));
}

const seriesColors = { domain: ['target item', 'test items'], range: [palette[1], palette[0]] };

function hitRateCurves(history: readonly AttackRecord[], k: number): Promise<string> {
  const points = history.flatMap(({ iteration, figures }) => [
    { iteration, series: 'target item', rate: figures.targetHitRate },
    { iteration, series: 'test items', rate: figures.testHitRate },
  ]);
  return draw((plot) => ({
    x,
    y: { label: `HR@${k}`, domain: [0, 1] },
    marginRight: 105,
    color: seriesColors,
    marks: [
      plot.lineY(points, {
        x: 'iteration',
        y: 'rate',
        z: 'series',
        stroke: 'series',
        strokeWidth: 2,
      }),
      namesAt(plot, points.slice(-2), { x: 'iteration', y: 'rate', name: 'series' }),
    ],
  }));
}

const historyTable = (history: readonly AttackRecord[], k: number): string =>
  htmlTable(
    ['iteration', 'loss', `HR@${k} target`, `HR@${k} test`, 'clicks', 's'],
    history.map(({ iteration, loss, clicks, seconds, figures }) => [
      `${iteration}`,
      loss.toFixed(2),
      figures.targetHitRate.toFixed(3),
      figures.testHitRate.toFixed(3),
      `${clicks}`,
      seconds.toFixed(2),
    ]),
  );

const setup = (f: SyntheticFacts): string =>
  `<p>${f.users} real users, ${f.fakes} fake users and ${f.items} items. The fake users are learned
so that ${f.surrogate}, trained on them by ${f.steps} steps, recommends item ${f.target} to everyone.
It is ${f.about}. Each update follows a hypergradient through that training
(estimator ${f.method}, device ${f.device}, seed ${f.seed}).</p>`;

function findings(history: readonly AttackRecord[], k: number): string {
  const [first, last] = [history[0], history[history.length - 1]];
  const change = (number: (record: AttackRecord) => number, digits: number) =>
    `from ${number(first).toFixed(digits)} to ${number(last).toFixed(digits)}`;
  return `<p>In ${last.iteration} updates the adversarial loss went
${change(({ loss }) => loss, 0)}, HR@${k} of the target item
${change(({ figures }) => figures.targetHitRate, 3)}, and HR@${k} of the users' own test items
${change(({ figures }) => figures.testHitRate, 3)}.</p>`;
}

/** The page of an experiment. */
export async function syntheticReport(
  outcome: Pick<SyntheticOutcome, 'facts' | 'history'>,
): Promise<string> {
  const { history, facts } = outcome;
  const { k } = facts;
  const body = `<h1>A learned injection attack on synthetic data</h1>
${setup(facts)}
${findings(history, k)}
<figure>${await lossCurve(history)}</figure>
<figure>${await hitRateCurves(history, k)}</figure>
<details><summary>All iterations</summary>
${historyTable(history, k)}
</details>`;
  return htmlPage('the synthetic experiment', body, 'body { max-width: 680px; }');
}
