/** @file The table of `docs/reliability.md`: what each campaign tried, and how often it failed. */

import { readFileSync, writeFileSync } from 'node:fs';
import type { Campaign } from './campaign.ts';

/** How the last run of a campaign ended. */
export interface Outcome {
  readonly campaign: string;
  readonly tried: number;
  readonly failed: number;
  readonly seed: number;
  readonly date: string;
  readonly version: string;
}

const page = 'docs/reliability.md';
const [start, end] = ['<!-- campaigns -->', '<!-- end of campaigns -->'];

const header = ['campaign', 'tried', 'failed', 'seed', 'date', 'version'];

const cellsOf = (outcome: Outcome): string[] => [
  `\`${outcome.campaign}\``,
  outcome.tried.toLocaleString('en'),
  outcome.failed.toLocaleString('en'),
  `${outcome.seed}`,
  outcome.date,
  outcome.version,
];

/** The table of the outcomes, its columns as wide as their widest cells. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = [header, ...outcomes.map(cellsOf)];
  const widths = header.map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n');
}

/** Writes the table between its marks. Throws an Error if the page has none. */
export function writeReport(
  campaigns: readonly Campaign[],
  load: (campaign: string) => Outcome | undefined,
): void {
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page}: lacks ${start} or ${end}`);
  const outcomes = campaigns.flatMap(({ name }) => load(name) ?? []);
  const before = text.slice(0, from + start.length);
  writeFileSync(page, `${before}\n\n${tableOf(outcomes)}\n\n${text.slice(to)}`);
}
