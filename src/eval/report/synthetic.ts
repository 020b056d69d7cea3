/** @file The report of the synthetic experiment: one HTML page with its curves, no scripts. */

import type { PlotOptions } from '@observablehq/plot';
import type { AttackRecord } from '../../attack/index.ts';

interface ReportOptions {
  readonly device: string;
  readonly seed: number;
}

/** Loaded with the first report: no other command waits for it. */
const loadPlot = () => import('@observablehq/plot');

type Plot = Awaited<ReturnType<typeof loadPlot>>;

/** Draws a plot as SVG; Plot asks for a document, which a server does not have. */
async function draw(options: (plot: Plot) => PlotOptions): Promise<string> {
  const Plot = await loadPlot();
  const { parseHTML } = await import('linkedom');
  const { document } = parseHTML('<html><body></body></html>');
  const figure = Plot.plot({
    width: 640,
    height: 300,
    marginLeft: 60,
    marginBottom: 45,
    grid: true,
    style: { fontSize: '13px' },
    ...options(Plot),
    document,
  } as PlotOptions);
  figure.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return figure.outerHTML;
}

const x = { label: 'updates of the fake users' };

function lossCurve(history: readonly AttackRecord[]): Promise<string> {
  const line = { x: 'iteration', y: 'loss', stroke: '#4269d0', strokeWidth: 2 };
  return draw((plot) => ({
    x,
    y: { label: 'adversarial loss' },
    marks: [plot.lineY(history, line)],
  }));
}

const seriesColors = { domain: ['target item', 'test items'], range: ['#ff725c', '#4269d0'] };

function hitRateCurves(history: readonly AttackRecord[]): Promise<string> {
  const points = history.flatMap(({ iteration, figures }) => [
    { iteration, of: 'target item', rate: figures.targetHitRate },
    { iteration, of: 'test items', rate: figures.testHitRate },
  ]);
  const last = points.slice(-2);
  return draw((plot) => ({
    x,
    y: { label: 'HR@10', domain: [0, 1] },
    marginRight: 90,
    color: seriesColors,
    marks: [
      plot.lineY(points, { x: 'iteration', y: 'rate', stroke: 'of', strokeWidth: 2 }),
      plot.text(last, {
        x: 'iteration',
        y: 'rate',
        text: 'of',
        fill: 'of',
        dx: 8,
        textAnchor: 'start',
      }),
    ],
  }));
}

function tableRows(history: readonly AttackRecord[]): string {
  return history
    .map(({ iteration, loss, clicks, seconds, figures }) => {
      const cells = [
        iteration,
        loss.toFixed(2),
        figures.targetHitRate.toFixed(3),
        figures.testHitRate.toFixed(3),
        clicks,
        seconds.toFixed(2),
      ];
      return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
    })
    .join('\n');
}

/** The page for a history with the figures `targetHitRate` and `testHitRate`. */
export async function syntheticReport(
  history: readonly AttackRecord[],
  options: ReportOptions,
): Promise<string> {
  const first = history[0];
  const last = history[history.length - 1];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>hypertape: the synthetic experiment</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 680px; margin: 2rem auto; padding: 0 1rem; }
  figure { margin: 2rem 0; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th, td { text-align: right; padding: 0.1rem 0.8rem; border-bottom: 1px solid #ddd; }
</style>
<h1>A learned injection attack on synthetic data</h1>
<p>900 real users, 100 fake users and 300 items. The fake users are learned so that a matrix
factorization trained on them by 100 steps of Adam recommends item 0 to everyone; each update
follows the exact hypergradient through all 100 steps (device ${options.device}, seed
${options.seed}).</p>
<p>In ${last.iteration} updates the adversarial loss went from ${first.loss.toFixed(0)} to
${last.loss.toFixed(0)}, HR@10 of the target item from ${first.figures.targetHitRate.toFixed(3)} to
${last.figures.targetHitRate.toFixed(3)}, and HR@10 of the users' own test items from
${first.figures.testHitRate.toFixed(3)} to ${last.figures.testHitRate.toFixed(3)}.</p>
<figure>${await lossCurve(history)}</figure>
<figure>${await hitRateCurves(history)}</figure>
<details><summary>All iterations</summary>
<table>
<tr><th>iteration</th><th>loss</th><th>HR@10 target</th><th>HR@10 test</th><th>clicks</th><th>s</th></tr>
${tableRows(history)}
</table></details>
</html>
`;
}
