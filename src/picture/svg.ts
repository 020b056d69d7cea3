/** @file A picture that is laid out, as SVG: no scripts, no fonts to load. */

import type { Line, PlacedCard, PlacedPanel, TapeLayout } from './layout.ts';
import { measures, phaseColour } from './look.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const rounded = (x: number): string => `${Math.round(10 * x) / 10}`;

const style = `
text { font: 11px "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1a1a1a; white-space: pre }
.heading { font-size: 15px; font-weight: bold }
.title { font-weight: bold }
.rule { font-style: italic; fill: #444 }
.shape { fill: #555 }
.reads { fill: #555 }
.result { font-weight: bold }
.card { fill: #fff; stroke-width: 1.2 }
.arrow { fill: none; stroke: #777; stroke-width: 1.1 }`;

/** The SVG of a layout, under a title. */
export function tapeSvg({ width, height, panels }: TapeLayout, title = 'tape'): string {
  const legend = legendOf(panels);
  const wide = Math.max(width, 760);
  const whole = height + legend.height + 30;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${rounded(wide)}" height="${rounded(whole)}" ` +
      `viewBox="0 0 ${rounded(wide)} ${rounded(whole)}" role="img" aria-label="${escaped(title)}">`,
    `<style>${style}</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" ' +
      'orient="auto"><path d="M0 0L8 4L0 8z" fill="#777"/></marker></defs>',
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text class="heading" x="${measures.panel}" y="30">${escaped(title)}</text>`,
    `<g transform="translate(0 44)">${legend.svg}</g>`,
    `<g transform="translate(0 ${legend.height + 30})">${panels.map(panelSvg).join('\n')}</g>`,
    '</svg>',
    '',
  ].join('\n');
}

function legendOf(panels: readonly PlacedPanel[]): { svg: string; height: number } {
  const phases = new Set(
    panels.flatMap(({ phase, cards }) => [
      phase,
      ...cards.flatMap(({ card }) => card.rows.map((row) => row.phase)),
    ]),
  );
  const { panel, character, line } = measures;
  let x = panel;
  const keys = [...phases].map((phase) => {
    const key =
      `<rect x="${rounded(x)}" y="2" width="12" height="12" fill="${phaseColour(phase)}"/>` +
      `<text x="${rounded(x + 18)}" y="12">${escaped(phase)}</text>`;
    x += 18 + (phase.length + 3) * character;
    return key;
  });
  const notes = [
    'A card is a kernel: operations that are computed together. The bar at the left says whose phase they are of.',
    '∂ f #4: recorded by the derivative rule of f, which card 4 computes. An arrow goes to a card that reads another one.',
    '“reads” names what is given and cards of other phases, “→” results. Reshapes and broadcasts are left out.',
  ];
  const texts = notes.map(
    (note, i) =>
      `<text class="reads" x="${panel}" y="${12 + (i + 1) * line}">${escaped(note)}</text>`,
  );
  return { svg: [...keys, ...texts].join('\n'), height: 24 + (notes.length + 1) * line };
}

function panelSvg({ phase, x, y, width, height, cards, arrows }: PlacedPanel): string {
  const colour = phaseColour(phase);
  const kernels = cards.reduce((count, { card }) => count + card.count, 0);
  const heading = `${phase}, ${kernels} kernel${kernels === 1 ? '' : 's'}`;
  const box =
    `<rect x="${rounded(x)}" y="${rounded(y)}" width="${rounded(width)}" height="${rounded(height)}" ` +
    `rx="6" fill="${colour}" fill-opacity="0.06" stroke="${colour}" stroke-opacity="0.5"/>` +
    `<text class="heading" x="${rounded(x + 14)}" y="${rounded(y + 25)}" ` +
    `style="fill:${colour}">${escaped(heading)}</text>`;
  const lines = arrows.map(({ points }) => {
    const [start, ...rest] = points.map((point) => `${rounded(point.x)} ${rounded(point.y)}`);
    return `<path class="arrow" d="M${start}L${rest.join('L')}" marker-end="url(#head)"/>`;
  });
  return [`<g>${box}`, ...lines, ...cards.map(cardSvg), '</g>'].join('\n');
}

function cardSvg({ card, lines, x, y, width, height }: PlacedCard): string {
  const place = `x="${rounded(x)}" y="${rounded(y)}"`;
  const box =
    `<rect class="card" ${place} width="${rounded(width)}" height="${rounded(height)}" rx="3" ` +
    `stroke="${phaseColour(card.phase)}"/>`;
  return `<g>${box}${lines.map((line, i) => lineSvg(line, i, { x, y, width })).join('')}</g>`;
}

function lineSvg(
  { kind, text, shape, phase }: Line,
  i: number,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
): string {
  const { line, padding } = measures;
  const top = y + padding + i * line;
  const bar = phase
    ? `<rect x="${rounded(x)}" y="${rounded(top)}" width="4" height="${line}" ` +
      `fill="${phaseColour(phase)}"/>`
    : '';
  const words =
    `<text class="${kind}" x="${rounded(x + padding + 4)}" y="${rounded(top + 11)}">` +
    `${escaped(text)}</text>`;
  const right = shape
    ? `<text class="shape" text-anchor="end" x="${rounded(x + width - padding)}" ` +
      `y="${rounded(top + 11)}">${escaped(shape)}</text>`
    : '';
  return bar + words + right;
}
