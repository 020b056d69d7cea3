/** @file The report of `defend`: one HTML page without scripts. */

import type { Certified } from '../metrics/certified.ts';
import type { DefenceRow, DefenceSummary } from '../training/defence-runs.ts';
import { type GroupedBar, groupedBars, legend } from './charts.ts';
import { escaped, estimateText, htmlFigure, htmlTable, paragraph } from './html.ts';
import { htmlPage } from './page.ts';
import { counted, seedsText, signed } from './words.ts';

/** What was defended against what, and what came of it. */
export interface DefenceOutcome extends DefenceSummary {
  readonly data: string;
  readonly defence: string;
  readonly about: string;
  readonly victim: string;
  readonly fakes: string;
  readonly users: { readonly genuine: number; readonly fake: number };
  readonly k: number;
  readonly seeds: readonly number[];
  readonly certified?: readonly Certified[];
  /** The command that makes this report again. */
  readonly command: string;
}

/** What a row is called. */
const rowName = ({ defended, attacked }: DefenceRow): string =>
  `${defended ? 'defended' : 'undefended'}, ${attacked ? 'attacked' : 'not attacked'}`;

/** What the defence gains against the attack, and what it costs genuine users, in sentences. */
export function findings(outcome: DefenceOutcome): string[] {
  const { k, change, rows, genuine, fake, users } = outcome;
  const hits = (defended: boolean, attacked: boolean) =>
    rows.find((row) => row.defended === defended && row.attacked === attacked)?.mean.targetHitRate
      .mean ?? Number.NaN;
  const lift = (defended: boolean) => hits(defended, true) - hits(defended, false);
  const percent = (x: number) => `${(100 * x).toFixed(1)} %`;
  const changeText = (name: 'targetHitRate' | 'recall', at: 'clean' | 'attacked') => {
    const value = change[at][name];
    return `${value.mean >= 0 ? '+' : ''}${estimateText(value)}`;
  };
  const lines = [
    `Under attack the defence changes TargetHR@${k} by ${changeText('targetHitRate', 'attacked')}; the ` +
      `attack ${liftText(lift(false), lift(true))}.`,
    `It changes Recall@${k} of genuine users by ${changeText('recall', 'clean')} without an attack, and by ` +
      `${changeText('recall', 'attacked')} under it.`,
  ];
  if (genuine.weight < 1 || fake.weight < 1) {
    lines.push(
      `It removes ${genuine.removed.toFixed(1)} of ${users.genuine} genuine users and ` +
        `${fake.removed.toFixed(1)} of ${counted(users.fake, 'fake one')}; they count ` +
        `${percent(genuine.weight)} and ${percent(fake.weight)} on average.`,
    );
  }
  return lines;
}

/** What the attack does to the hits, which some attacks and defences turn into a fall. */
const liftText = (undefended: number, defended: number): string =>
  undefended >= 0 && defended >= 0
    ? `lifts it by ${undefended.toFixed(4)} undefended and by ${defended.toFixed(4)} defended`
    : `changes it by ${signed(undefended)} undefended and by ${signed(defended)} defended`;

function barsOf({ rows }: DefenceOutcome): GroupedBar[] {
  return rows.map((row) => ({
    group: row.defended ? 'defended' : 'undefended',
    series: row.attacked ? 'attacked' : 'not attacked',
    ...row.mean.targetHitRate,
  }));
}

/** The cells of a table of rows: header, then a row each. */
export function defenceTable(rows: readonly DefenceRow[], k: number): [string[], string[][]] {
  const header = ['victim', `TargetHR@${k}`, 'target rank', `Recall@${k}`, `HR@${k}`, `NDCG@${k}`];
  const cells = rows.map((row) => [
    rowName(row),
    estimateText(row.mean.targetHitRate),
    estimateText(row.mean.targetMeanRank, 0),
    estimateText(row.mean.recall),
    estimateText(row.mean.hitRate),
    estimateText(row.mean.ndcg),
  ]);
  return [header, cells];
}

/** The cells of a table of certificates. */
export function certificateTable(
  certified: readonly Certified[],
  k: number,
): [string[], string[][]] {
  const header = ['fake users', `certified Recall@${k}`, `certified Precision@${k}`];
  const cells = certified.map(({ fakes, recall, precision }) => [
    `${fakes}`,
    recall.toFixed(4),
    precision.toFixed(4),
  ]);
  return [header, cells];
}

/** The page of a defence. */
export async function defenceReport(outcome: DefenceOutcome): Promise<string> {
  const { k, defence, victim, seeds, certified } = outcome;
  const series = ['not attacked', 'attacked'];
  const bars = await groupedBars(barsOf(outcome), {
    y: `TargetHR@${k}`,
    groups: ['undefended', 'defended'],
    series,
  });
  const over = seeds.length > 1 ? 'means over seeds with 95 % intervals' : 'of one seed';
  const body = `<h1>${escaped(defence)} on ${escaped(victim)}</h1>
${paragraph(`${defence} ${outcome.about}. Data ${outcome.data}, ${counted(outcome.users.genuine, 'genuine user')}, ${counted(outcome.users.fake, 'fake user')} of ${outcome.fakes}; victims of ${seedsText(seeds)}.`)}
${findings(outcome).map(paragraph).join('\n')}
${legend(series)}
${htmlFigure(bars, `Share of genuine users with a target item among their first ${k}, ${over}.`)}
${htmlTable(
  ...defenceTable(outcome.rows, k),
  over.replace(/^./, (letter) => letter.toUpperCase()),
)}
${certified ? htmlTable(...certificateTable(certified, k), 'What no attack of so many fake users can undo, from the data as they are') : ''}
<pre>${escaped(outcome.command)}</pre>`;
  return htmlPage(`${defence} on ${victim}`, body, 'body { max-width: 900px; }');
}
