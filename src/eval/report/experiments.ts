/** @file The report of experiments: one HTML page without scripts, of the results that there are. */

import { type Cell, type CellRecord, describeCell, Grid, shortId } from '../../grid/index.ts';
import {
  type Experiment,
  ofSeed,
  type Results,
  type Scope,
  type Section,
} from '../experiments/experiment.ts';
import { paperData } from '../experiments/study-data.ts';
import { escaped, paragraph } from './html.ts';
import { htmlPage } from './page.ts';

/** An experiment with what was asked of it. */
export interface ReportPart {
  readonly experiment: Experiment;
  readonly scope: Scope;
}

const style = `
  h2 { margin-top: 3.5rem; padding-top: 1rem; }
  h3 { margin: 0.6rem 0; font-size: 1rem; color: var(--quiet); }
  .facts { font-size: 0.85rem; color: var(--quiet); }
  .missing { color: var(--alert); }
`;

/** What was measured where, and how long it took. */
function facts(records: readonly CellRecord[], cells: readonly Cell[], results: Results): string {
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0);
  const machines = new Set(
    records.map(({ machine }) => `${machine.cpu}, Node ${machine.node.replace(/^v/, '')}`),
  );
  const where = [...machines].join('; ');
  const lacking = cells.filter((cell) => !results.record(cell));
  const lines = [
    `Cells done: ${records.length} of ${cells.length}, in ${Math.round(seconds)} seconds of ` +
      `computing${where ? ` (${where}; other work may have shared the processor)` : ''}.`,
  ];
  const list = lacking.map(
    (cell) => `<li>${escaped(`${cell.kind.name} ${shortId(cell.id)}: ${describeCell(cell)}`)}</li>`,
  );
  const note =
    lacking.length > 0
      ? `<details class="missing"><summary>Missing cells: ${lacking.length}</summary><ul>${list.join('\n')}</ul></details>`
      : '';
  return `<p class="facts">${lines.map(escaped).join(' ')}</p>${note}`;
}

function columns({ paper, measured, wide }: Section): string {
  const right = measured || '<p class="missing">Nothing of this is measured yet.</p>';
  return `<div class="${wide ? 'wide' : 'pair'}"><div><h3>The paper</h3>${paper}</div>
<div><h3>Measured</h3>${right}</div></div>`;
}

const otherData =
  "These data are not the paper's Gowalla: compare orders and gains, not the numbers themselves.";

/** What of a command its report cannot know of the scopes: whether it named these folders. */
export interface AskedFolders {
  /** A store other than that of the size. */
  readonly results?: boolean;
  /** Data other than those made for the quick size. */
  readonly data?: boolean;
}

/** The command that computes the cells of an experiment. */
function commandOf(
  { experiment, scope }: ReportPart,
  cells: readonly Cell[],
  asked: AskedFolders,
): string {
  const { quick, data, published, seeds } = scope;
  const reads = (digest: string | undefined) =>
    cells.some(({ kind, config }) => kind.data?.(config).some((one) => one === digest));
  const options = [
    quick && '--quick',
    seeds.length !== (quick ? 1 : experiment.seeds) && `--seeds ${seeds.length}`,
    (!quick || asked.data) && reads(data?.digest) && '--data DIR',
    reads(published?.data) && '--published DIR',
    asked.results && '--results DIR',
  ];
  return ['hypertape reproduce', experiment.name, ...options.filter(Boolean)].join(' ');
}

async function partHtml(part: ReportPart, results: Results, asked: AskedFolders) {
  const { experiment, scope } = part;
  const { name, about, source, onData } = experiment;
  const section = await experiment.section(scope, results);
  const isOther = !scope.quick && onData && scope.data?.digest !== paperData.digest;
  const findings = isOther ? [otherData, ...section.findings] : section.findings;
  const { cells } = new Grid(experiment.cells(scope));
  const records = cells.flatMap((cell) => results.record(cell) ?? []);
  const done = scope.seeds.filter((seed) =>
    experiment.cells(ofSeed(scope, seed)).every((cell) => results.record(cell)),
  );
  const seeds = `Seeds that are whole: ${done.length} of ${scope.seeds.length}.`;
  return `<section id="${name}">
<h2>${escaped(source)}: ${escaped(about)}</h2>
${columns(section)}
${findings.map(paragraph).join('\n')}
${facts(records, cells, results)}
<pre>${escaped(commandOf(part, cells, asked))}</pre>
<p class="facts">${seeds} ± is half of the 95 % interval of the mean over the seeds that are done; a number without it is of one seed.</p>
</section>`;
}

/** The page of some experiments. */
export async function experimentsReport(
  parts: readonly ReportPart[],
  results: Results,
  asked: AskedFolders = {},
): Promise<string> {
  const quick = parts.some(({ scope }) => scope.quick);
  const sections: string[] = [];
  for (const part of parts) sections.push(await partHtml(part, results, asked));
  const links = parts.map(
    ({ experiment: { name, source } }) =>
      `<li><a href="#${name}">${escaped(`${source}: ${name}`)}</a></li>`,
  );
  const note = quick
    ? paragraph(
        'This is the quick size: every part runs, on little data and for few iterations. Its ' +
          'numbers are no reproduction of the paper; leave --quick out for one.',
      )
    : '';
  const body = `<h1>Adversarially learned injection attacks, reproduced</h1>
${paragraph('The figures and tables of Tang, Wen & Wang (RecSys 2020) beside those measured here.')}
${note}
<ul>${links.join('\n')}</ul>
${sections.join('\n')}`;
  return htmlPage('the experiments', body, style);
}
