/** @file The report of a comparison of hypergradients: one HTML page without scripts. */

import type { Certificate, ComparedRow, Comparison, RefusedRow } from '../../autodiff/index.ts';
import { comparisonFindings } from '../compare/findings.ts';
import type { SolverCurve } from '../compare/solver-curves.ts';
import {
  costChart,
  families,
  familyOf,
  likenessNames,
  lineLegend,
  shareChart,
  shareNames,
  solverChart,
  truncationError,
  truncationLikeness,
} from './compare-charts.ts';
import { escaped, htmlFigure, missing, paragraph } from './html.ts';

/** What a report shows of a comparison. */
export interface ComparisonStory {
  /** What the problem is called, and a line on what it is. */
  readonly name: string;
  readonly about: string;
  readonly steps: number;
  /** Cells of the inputs. */
  readonly inputs: number;
  readonly comparison: Comparison;
  readonly solvers: readonly SolverCurve[];
  /** How often each row was retrained against. */
  readonly directions: number;
  /** Where and when it was computed, name by name. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** The command that makes this report again. */
  readonly command: string;
}

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 980px; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
  h1 { margin-bottom: 0.2rem; } .about { margin-top: 0; color: #555; }
  h2 { margin-top: 2.5rem; border-top: 2px solid #ddd; padding-top: 0.8rem; }
  h3 { margin: 1.4rem 0 0.2rem; font-size: 1rem; }
  .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 0.5rem 1.5rem; align-items: start; }
  figure { margin: 0 0 1rem; } figure svg { max-width: 100%; height: auto; }
  figcaption, .legend { font-size: 0.85rem; color: #555; }
  .legend b { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.35em; border-radius: 2px; }
  .legend span { margin-right: 1.3em; }
  .wide { overflow-x: auto; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.88rem; }
  th, td { text-align: right; padding: 0.18rem 0.55rem; border-bottom: 1px solid #ddd; white-space: nowrap; }
  .text { text-align: left; } td.why { white-space: normal; color: #555; text-align: left; }
  .number { display: inline-block; min-width: 1.5em; padding: 0 0.25em; border-radius: 1em; color: white; text-align: center; font-size: 0.8rem; font-weight: 600; }
  code { font-size: 0.92em; }
  .certificate { margin: 0.2rem 0 0; padding: 0; list-style: none; font-size: 0.9rem; }
  .certificate li { padding: 0.1rem 0 0.1rem 6.2em; text-indent: -6.2em; }
  .level { display: inline-block; width: 5.4em; margin-right: 0.8em; text-indent: 0; text-align: center; border-radius: 3px; font-size: 0.78rem; }
  .fine { background: #e2f2e5; color: #1d6b34; } .note { background: #eee; color: #555; } .warning { background: #fbe3dc; color: #a3320f; font-weight: 600; }
  pre { background: #f5f5f5; padding: 0.5rem 0.8rem; overflow-x: auto; }
`;

/** The page of a comparison. */
export async function comparisonReport(story: ComparisonStory): Promise<string> {
  const { name, about, comparison, solvers } = story;
  const { value, norm, curve } = comparison;
  const objective =
    `After ${story.steps} steps of training the objective is ${value.toPrecision(6)}; its exact ` +
    `hypergradient in ${story.inputs} inputs has the norm ${norm.toPrecision(6)}.`;
  const findings = [objective, ...comparisonFindings(comparison, solvers)];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>hypertape: hypergradients of ${escaped(name)}</title>
<style>${style}</style>
<h1>Hypergradients of ${escaped(name)}</h1>
<p class="about">${escaped(about)}</p>
${findings.map(paragraph).join('\n')}
<h2>Estimators side by side</h2>
${rowTable(story)}
<h2>How good against what it costs</h2>
${await costSection(comparison)}
${curve.length > 1 ? await horizonSection(comparison) : ''}
${await solverSection(solvers)}
${certificateSection(comparison.rows)}
<h2>What was run</h2>
${factTable(story.facts)}
<pre>${escaped(story.command)}</pre>
</html>
`;
}

const numberOf = (method: string, i: number): string =>
  `<span class="number" style="background:${families[familyOf(method)]}">${i + 1}</span>`;

const share = (x: number | undefined): string =>
  x === undefined || Number.isNaN(x) ? missing : x === 0 ? '0' : x.toExponential(1);
const fixed = (x: number, digits: number): string =>
  Number.isNaN(x) ? missing : x.toFixed(digits);

const columns = [
  'error',
  'cosine',
  'norm ratio',
  'retrained',
  'residual',
  'seconds',
  'steps forward',
  'MB held',
];

function cellsOf(row: ComparedRow | RefusedRow): string {
  if ('refused' in row) {
    return `<td class="why" colspan="${columns.length}">refused: ${escaped(row.refused)}</td>`;
  }
  return [
    share(row.error),
    fixed(row.cosine, 6),
    fixed(row.normRatio, 4),
    share(row.retrainedError),
    share(row.certificate?.residual),
    row.seconds.toPrecision(2),
    `${row.forwardSteps}`,
    (row.heldBytes / 1e6).toPrecision(2),
  ]
    .map((cell) => `<td>${cell}</td>`)
    .join('');
}

function rowTable({ comparison, directions }: ComparisonStory): string {
  const lines = comparison.rows.map(
    (row, i) =>
      `<tr><td>${numberOf(row.method, i)}</td><td class="text"><code>${escaped(shortName(row.method))}</code></td>${cellsOf(row)}</tr>`,
  );
  const head = columns.map((column) => `<th>${column}</th>`).join('');
  const retrained =
    directions > 0
      ? ` Retrained is the distance of its slopes to central differences that train again, along ${directions} random ${directions > 1 ? 'directions' : 'direction'}.`
      : '';
  return `<div class="wide"><table><tr><th></th><th class="text">estimator</th>${head}</tr>
${lines.join('\n')}
</table></div>
<p class="legend">Error, cosine and norm ratio are to the exact hypergradient g, which is the gradient through every step.${retrained} Residual is that of the linear system, computed from its solution and not by the solver. Seconds are those of a run whose programs are compiled, if the first took under five.</p>`;
}

/** `cg({ iterations: 20 })` instead of `implicit({ solver: cg({ iterations: 20 }) })`. */
const shortName = (method: string): string =>
  /^implicit\(\{ solver: (.*) \}\)$/.exec(method)?.[1] ?? method;

const familyLegend = `<p class="legend">${Object.entries(families)
  .map(([family, color]) => `<span><b style="background:${color}"></b>${family}</span>`)
  .join('')}</p>`;

async function costSection(comparison: Comparison): Promise<string> {
  const charts = [
    htmlFigure(
      await costChart(comparison, 'error', 'seconds'),
      'Lower and further left is better. At the bottom are those that are exact within rounding.',
    ),
    htmlFigure(
      await costChart(comparison, 'error', 'heldBytes'),
      'What is saved in memory: states of the training that are held at once.',
    ),
    htmlFigure(
      await costChart(comparison, 'cosine', 'seconds'),
      'Direction. A cosine near 1 is not enough: see the norm.',
    ),
    htmlFigure(await costChart(comparison, 'normRatio', 'seconds'), 'Length.'),
  ];
  return `${familyLegend}
<div class="pair">
${charts.join('\n')}
</div>
<p class="legend">The numbers are those of the table; dots that would cover others are moved up.</p>`;
}

async function horizonSection({ curve, shares }: Comparison): Promise<string> {
  return `<h2>What each step contributes</h2>
${paragraph(
  'The hypergradient is a sum over the steps of training. Its partial sums from the end are the ' +
    'truncated gradients, so that one reverse sweep gives their error for every τ.',
)}
<div class="pair">
${htmlFigure(await truncationError(curve), 'The error of truncated(τ); at τ of all steps it is 0.')}
<div>${lineLegend(likenessNames)}${htmlFigure(await truncationLikeness(curve), 'Direction, length and the part of the gradient that is seen, ⟨g_τ, g⟩ / ‖g‖².')}</div>
<div>${lineLegend(shareNames)}${htmlFigure(await shareChart(shares), 'The share α_{t+1} ∂Φ_t/∂x of each step, and the adjoint α_{t+1} that it is made of.')}</div>
</div>`;
}

async function solverSection(solvers: readonly SolverCurve[]): Promise<string> {
  const drawn = solvers.filter(({ points }) => points.length > 0);
  const refusals = solvers.flatMap(({ solver, refused }) =>
    refused ? [`<li><code>${escaped(solver)}</code>: ${escaped(refused)}</li>`] : [],
  );
  if (drawn.length + refusals.length === 0) return '';
  const charts =
    drawn.length > 0
      ? `${lineLegend(drawn.map(({ solver }) => solver))}
<div class="pair">
${htmlFigure(await solverChart(drawn, 'residual'), 'The residual, computed again from the solution.')}
${htmlFigure(await solverChart(drawn, 'error'), 'The error of the hypergradient. Where it levels off while the residual falls, the training is not at rest.')}
</div>`
      : '';
  const reasons =
    refusals.length > 0 ? `<p>Where a curve ends early:</p><ul>${refusals.join('\n')}</ul>` : '';
  return `<h2>Solvers, iteration by iteration</h2>
${charts}${reasons}`;
}

function certificateSection(rows: Comparison['rows']): string {
  const parts = rows.flatMap((row, i) =>
    'refused' in row || !row.certificate
      ? []
      : [
          `<h3>${numberOf(row.method, i)} <code>${escaped(shortName(row.method))}</code></h3>
${certificateList(row.certificate)}`,
        ],
  );
  return parts.length > 0 ? `<h2>Certificates</h2>\n${parts.join('\n')}` : '';
}

function certificateList({ findings, iterations, stopped, products }: Certificate): string {
  const lines = findings.map(
    ({ level, sentence }) =>
      `<li><span class="level ${level}">${level}</span>${escaped(sentence)}</li>`,
  );
  return `<p class="legend">${iterations} iterations, ${products} products, stopped: ${escaped(stopped)}</p>
<ul class="certificate">
${lines.join('\n')}
</ul>`;
}

const factTable = (facts: ComparisonStory['facts']): string =>
  `<table>${facts
    .map(
      ([name, value]) =>
        `<tr><td class="text">${escaped(name)}</td><td class="text">${escaped(value)}</td></tr>`,
    )
    .join('\n')}</table>`;
