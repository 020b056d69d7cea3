/** @file The frame of every report: one HTML page without scripts, light or dark as the reader's. */

import { escaped } from './html.ts';

const style = `
  :root { color-scheme: light dark; --text: #1b1b1b; --page: #fff; --quiet: #555; --line: #ddd; --code: #f5f5f5; --alert: #a33; }
  @media (prefers-color-scheme: dark) {
    :root { --text: #e4e4e4; --page: #17181c; --quiet: #a6a9b0; --line: #3a3c43; --code: #24262c; --alert: #ff9185; }
  }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2rem auto; padding: 0 1rem; color: var(--text); background: var(--page); }
  h2 { margin-top: 2.5rem; border-top: 2px solid var(--line); padding-top: 0.8rem; }
  .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(430px, 100%), 1fr)); gap: 0.5rem 1.5rem; align-items: start; }
  .pair > * { min-width: 0; }
  figure { margin: 0 0 1rem; }
  svg { max-width: 100%; height: auto; }
  figcaption, .legend { font-size: 0.85rem; color: var(--quiet); }
  .lines b { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.35em; border-radius: 2px; }
  .lines span { margin-right: 1.3em; }
  .table { overflow-x: auto; margin: 1rem 0; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
  caption { text-align: left; color: var(--quiet); padding-bottom: 0.2rem; }
  th, td { text-align: right; padding: 0.15rem 0.6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
  th:first-child, td:first-child { text-align: left; }
  .named td { text-align: left; white-space: normal; overflow-wrap: anywhere; } .named td:first-child { white-space: nowrap; }
  pre { background: var(--code); padding: 0.5rem 0.8rem; overflow-x: auto; font-size: 0.85rem; }
`;

/**
 * A page of a title, without `hypertape: `, and a body of HTML. `css` are further rules; they may
 * use the colours `--text`, `--page`, `--quiet`, `--line`, `--code` and `--alert`.
 */
export const htmlPage = (title: string, body: string, css = ''): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hypertape: ${escaped(title)}</title>
<style>${style}${css}</style>
${body}
</html>
`;
