/** @file A report of what the page shows, as one page of HTML that needs no other file. */

import { saveables } from '../pictures/saving.tsx';
import { escaped } from './files.ts';
import { facts, history, keptHere, problem, settings } from './lab.ts';

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}' +
  'svg,img{max-width:100%;height:auto;image-rendering:pixelated}img{width:100%}figure{margin:1.5rem 0}' +
  'table{border-collapse:collapse;font-variant-numeric:tabular-nums}' +
  'th,td{padding:.2rem .7rem;border-bottom:1px solid #ddd;text-align:right}' +
  'code{display:block;padding:.6rem;overflow-x:auto;background:#f3f3ef}';

/** The markup: the run and its command, each picture on the page, and the history as a table. */
export async function reportOf(command: string): Promise<string> {
  const { title, about, knobs } = problem.value;
  const { seed, knobs: values } = settings.value;
  const rows: [string, string | number][] = [
    ['problem', facts.value?.title ?? ''],
    ['inputs', facts.value?.inputs ?? ''],
    ['training steps', facts.value?.steps ?? ''],
    ['device', facts.value?.device ?? ''],
    ['threads', facts.value?.threads ?? ''],
    ['seed', seed],
    ...knobs.map(({ name, label }): [string, string | number] => [label, values[name]]),
    ...keptHere.value.map(({ name, address }): [string, string] => [name, address]),
  ];
  const pictures = await Promise.all(
    [...saveables].map(async (picture) => {
      const caption = `<figcaption>${escaped(picture.label)}</figcaption>`;
      return `<figure>${await picture.markup()}${caption}</figure>`;
    }),
  );
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title>` +
    `<style>${style}</style><h1>${escaped(title)}</h1><p>${escaped(about)}</p>` +
    `<p>The same run without a page:</p><code>${escaped(command)}</code>` +
    `<h2>The run</h2>${tableOf([], rows)}<h2>Pictures</h2>${pictures.join('')}` +
    `<h2>History</h2>${historyTable()}</html>\n`
  );
}

function historyTable(): string {
  const figures = facts.value?.figures ?? [];
  const heads = ['outer step', 'objective', ...figures.map(({ label }) => label), 'seconds'];
  return tableOf(
    heads,
    history.value.map(({ iteration, value, figures: found, seconds }) => [
      iteration,
      value.toPrecision(8),
      ...figures.map(({ name }) => found[name].toFixed(4)),
      seconds.toFixed(3),
    ]),
  );
}

function tableOf(
  heads: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const cells = (tag: string, row: readonly (string | number)[]) =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(String(cell))}</${tag}>`).join('')}</tr>`;
  const head = heads.length > 0 ? `<thead>${cells('th', heads)}</thead>` : '';
  return `<table>${head}<tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table>`;
}
