/** @file The report of a comparison of hypergradients: one HTML page without scripts. */

import type { Certificate, ComparedRow, Comparison, RefusedRow } from '../../autodiff/index.ts';
import { comparisonFindings, leastTau, percent } from '../compare/findings.ts';
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
import { escaped, factTable, htmlFigure, htmlTable, missing, paragraph } from './html.ts';
import { htmlPage } from './page.ts';
import { counted } from './words.ts';

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
  /** Whether the device computes in float32, in which differences resolve little. */
  readonly isSingle: boolean;
  /** How often each row was retrained against. */
  readonly directions: number;
  /** Where and when it was computed, name by name. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** The command that makes this report again. */
  readonly command: string;
}

const style = `
  body { max-width: 1040px; }
  table { font-size: 0.88rem; } th, td { padding: 0.18rem 0.5rem; }
  h1 { margin-bottom: 0.2rem; } .about { margin-top: 0; color: var(--quiet); }
  .findings { padding-left: 1.2rem; } .findings li { margin: 0.3rem 0; }
  summary { margin: 0.7rem 0 0; cursor: pointer; } summary .legend { margin-left: 0.6em; }
  h3 { margin: 1.4rem 0 0.2rem; font-size: 1rem; }
  .text { text-align: left; } td.why { white-space: normal; color: var(--quiet); text-align: left; }
  .number { display: inline-block; min-width: 1.5em; padding: 0 0.25em; border-radius: 1em; color: white; text-align: center; font-size: 0.8rem; font-weight: 600; }
  code { font-size: 0.92em; }
  .certificate { margin: 0.2rem 0 0; padding: 0; list-style: none; font-size: 0.9rem; }
  .certificate li { padding: 0.1rem 0 0.1rem 6.2em; text-indent: -6.2em; }
  .level { display: inline-block; width: 5.4em; margin-right: 0.8em; text-indent: 0; text-align: center; border-radius: 3px; font-size: 0.78rem; }
  .fine { background: #e2f2e5; color: #1d6b34; } .note { background: #eee; color: #555; } .warning { background: #fbe3dc; color: #a3320f; font-weight: 600; }
`;

/** The page of a comparison. */
export async function comparisonReport(story: ComparisonStory): Promise<string> {
  const { name, about, comparison, solvers } = story;
  const { value, norm, curve } = comparison;
  const objective =
    `After ${counted(story.steps, 'step')} of training the objective is ${value.toPrecision(6)}; its exact ` +
    `hypergradient in ${counted(story.inputs, 'input')} has the norm ${norm.toPrecision(6)}.`;
  const findings = [
    objective,
    ...comparisonFindings(comparison, { solvers, isSingle: story.isSingle }),
  ];
  const body = `<h1>Hypergradients of ${escaped(name)}</h1>
<p class="about">${escaped(about)}</p>
<ul class="findings">
${findings.map((sentence) => `<li>${unbroken(sentence)}</li>`).join('\n')}
</ul>
<h2>Estimators side by side</h2>
${rowTable(story)}
<h2>How good against what it costs</h2>
${await costSection(comparison)}
${curve.length > 1 ? await horizonSection(comparison) : ''}
${await solverSection(solvers)}
${certificateSection(comparison.rows)}
<h2>What was run</h2>
${factTable(story.facts)}
<pre>${escaped(story.command)}</pre>`;
  return htmlPage(`hypergradients of ${name}`, body, style);
}

/** Text as HTML shows it, with no break within the exponent of a number. */
const unbroken = (text: string): string => escaped(text).replace(/(\de)-(\d)/g, '$1\u2011$2');

const numberOf = (method: string, i: number): string =>
  `<span class="number" style="background:${families[familyOf(method)]}">${i + 1}</span>`;

const share = (x: number | undefined): string =>
  x === undefined || Number.isNaN(x) ? missing : x === 0 ? '0' : x.toExponential(1);
const fixed = (x: number, digits: number): string => {
  if (Number.isNaN(x)) return missing;
  return Math.abs(x) < 1e4 ? x.toFixed(digits) : x.toExponential(1);
};

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
    row.heldBytes === 0 ? '0' : (row.heldBytes / 1e6).toPrecision(2),
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
  return `<div class="table"><table><tr><th></th><th class="text">estimator</th>${head}</tr>
${lines.join('\n')}
</table></div>
<p class="legend">Error, cosine and norm ratio are to the exact hypergradient g, which is the gradient through every step.${retrained} Residual is that of the linear system, computed from its solution and not by the solver. Seconds are those of a run whose programs are compiled, if the first took under five.</p>`;
}

/** `cg({ iterations: 20 })` instead of `implicit({ solver: cg({ iterations: 20 }) })`. */
export const shortName = (method: string): string =>
  /^implicit\(\{ solver: (.*) \}\)$/.exec(method)?.[1] ?? method;

const familyLegend = `<p class="legend lines">${Object.entries(families)
  .map(([family, color]) => `<span><b style="background:${color}"></b>${family}</span>`)
  .join('')}</p>`;

async function costSection(comparison: Comparison): Promise<string> {
  const charts = [
    htmlFigure(
      await costChart(comparison, 'error', 'seconds'),
      'Lower and further left is better. Errors of 0 are at the bottom, those above 100 at 100.',
    ),
    htmlFigure(
      await costChart(comparison, 'error', 'heldBytes'),
      'What is saved in memory: states of the training that are held at once.',
    ),
    htmlFigure(
      await costChart(comparison, 'cosine', 'seconds'),
      'Direction. A cosine near 1 is not enough: see the norm.',
    ),
    htmlFigure(
      await costChart(comparison, 'normRatio', 'seconds'),
      'Length. Ratios above 2 are drawn at 2.',
    ),
  ];
  return `${familyLegend}
<div class="pair">
${charts.join('\n')}
</div>
<p class="legend">The numbers are those of the table. A dot that would cover another is moved, with a line to its place.</p>`;
}

async function horizonSection(comparison: Comparison): Promise<string> {
  return `<h2>What each step contributes</h2>
${paragraph(
  'The hypergradient is a sum over the steps of training. Its partial sums from the end are the ' +
    'truncated gradients, so that one reverse sweep gives their error for every τ.',
)}
<div class="pair">
<div>${lineLegend(['error'])}${htmlFigure(await truncationError(comparison), 'The error of truncated(τ), down to a millionth.')}</div>
<div>${lineLegend(likenessNames)}${htmlFigure(await truncationLikeness(comparison), 'Direction, length, and the part of the gradient that is seen, ⟨h, g⟩ / ‖g‖².')}</div>
<div>${lineLegend(shareNames)}${htmlFigure(await shareChart(comparison), 'The share αₜ₊₁ ∂Φₜ/∂x of each of these steps, and the adjoint αₜ₊₁ that it is made of.')}</div>
<div>${horizonTable(comparison)}</div>
</div>`;
}

/** How many steps it takes to come so near. */
function horizonTable({ curve }: Comparison): string {
  const steps = curve.length - 1;
  const rows = [0.5, 0.1, 0.01, 1e-3, 1e-4, 1e-6].map((most) => {
    const tau = leastTau(curve, ({ error }) => error <= most);
    return [percent(most), tau === undefined ? missing : `${tau}`];
  });
  return htmlTable(['error below', `last steps of ${steps}`], rows);
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
    refusals.length > 0
      ? `<p>Where a curve ends early:</p><ul class="findings">${refusals.join('\n')}</ul>`
      : '';
  return `<h2>Solvers, iteration by iteration</h2>
${charts}${reasons}`;
}

function certificateSection(rows: Comparison['rows']): string {
  const parts = rows.flatMap((row, i) =>
    'refused' in row || !row.certificate
      ? []
      : [certificateDetails(row.method, i, row.certificate)],
  );
  return parts.length > 0 ? `<h2>Certificates</h2>\n${parts.join('\n')}` : '';
}

/** The findings of a certificate; it is open where one warns. What was not measured is one line. */
function certificateDetails(
  method: string,
  i: number,
  { findings, iterations, stopped, products }: Certificate,
): string {
  const isMeasured = ({ numbers }: (typeof findings)[number]) => Object.keys(numbers).length > 0;
  const warnings = findings.filter(({ level }) => level === 'warning').length;
  const lines = findings
    .filter(isMeasured)
    .map(
      ({ level, sentence }) =>
        `<li><span class="level ${level}">${level}</span>${unbroken(sentence)}</li>`,
    );
  const others = findings.filter((finding) => !isMeasured(finding)).map(({ name }) => name);
  const left = others.length > 0 ? `<p class="legend">Not measured: ${others.join(', ')}.</p>` : '';
  const verdict = warnings > 0 ? `${warnings} warning${warnings > 1 ? 's' : ''}` : 'no warning';
  return `<details${warnings > 0 ? ' open' : ''}><summary>${numberOf(method, i)} <code>${escaped(shortName(method))}</code>
<span class="legend">${verdict}; ${iterations} iterations, ${products} products, stopped: ${escaped(stopped)}</span></summary>
<ul class="certificate">
${lines.join('\n')}
</ul>${left}</details>`;
}
