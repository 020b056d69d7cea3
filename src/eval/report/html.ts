/** @file Pieces of HTML pages: text, tables, figures. */

import type { Estimate } from '../metrics/interval.ts';

/** Text as HTML shows it. */
export const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

/** What stands in the place of a number that is not there. */
export const missing = '–';

/** A mean with its interval in so many digits, such as `0.338 ± 0.002`; a dash for none. */
export function estimateText(value: Pick<Estimate, 'mean' | 'margin'> | null, digits = 4): string {
  if (!value) return missing;
  const { mean, margin } = value;
  return mean.toFixed(digits) + (Number.isNaN(margin) ? '' : ` ± ${margin.toFixed(digits)}`);
}

/** A table of text whose first column is the rows' names. */
export function htmlTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  caption = '',
): string {
  const line = (tag: 'th' | 'td', cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const title = caption ? `<caption>${escaped(caption)}</caption>\n` : '';
  const lines = rows.map((row) => line('td', row)).join('\n');
  return `<div class="table"><table>${title}${line('th', header)}\n${lines}\n</table></div>`;
}

/** A table of text, name by name. */
export const factTable = (facts: readonly (readonly [name: string, value: string])[]): string =>
  `<table class="named">${facts
    .map(([name, value]) => `<tr><td>${escaped(name)}</td><td>${escaped(value)}</td></tr>`)
    .join('\n')}</table>`;

/** A picture with a line below it. */
export const htmlFigure = (svg: string, caption: string): string =>
  `<figure>${svg}<figcaption>${escaped(caption)}</figcaption></figure>`;

/** A paragraph of text. */
export const paragraph = (text: string): string => `<p>${escaped(text)}</p>`;
