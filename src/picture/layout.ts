/** @file Where the cards of a picture stand: dagre lays each phase out, and they stand one below another. */

import { Graph, layout } from '@dagrejs/dagre';
import type { Tape } from '../autodiff/index.ts';
import { type Card, type Panel, panelsOf } from './cards.ts';
import { measures } from './look.ts';

/** A line of text on a card. */
export interface Line {
  readonly kind: 'title' | 'rule' | 'operations' | 'reads' | 'result';
  readonly text: string;
  /** At the right end of the line. */
  readonly shape?: string;
  /** The phase of the operations. */
  readonly phase?: string;
}

/** A card with its lines and the place of its upper left corner, in pixels. */
export interface PlacedCard {
  readonly card: Card;
  readonly lines: readonly Line[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An arrow from a card to one that reads it, through points. */
export interface Arrow {
  readonly from: number;
  readonly to: number;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** A phase with its cards. */
export interface PlacedPanel {
  readonly phase: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly cards: readonly PlacedCard[];
  readonly arrows: readonly Arrow[];
}

/** A picture that is laid out. */
export interface TapeLayout {
  readonly width: number;
  readonly height: number;
  readonly panels: readonly PlacedPanel[];
}

/** Characters of a line at most. */
const widest = 40;

/** Lays a tape out. */
export function layoutTape(tape: Tape): TapeLayout {
  const panels: PlacedPanel[] = [];
  let y = 0;
  for (const panel of panelsOf(tape)) {
    const placed = placePanel(panel, y);
    panels.push(placed);
    y += placed.height + measures.panel;
  }
  const width = Math.max(0, ...panels.map((panel) => panel.width));
  return {
    width: width + 2 * measures.panel,
    height: y,
    panels: panels.map((panel) => ({ ...panel, width })),
  };
}

/** What dagre leaves in a graph; its own types do not resolve. */
interface LaidOut {
  graph(): { readonly width?: number; readonly height?: number };
  node(name: string): { x: number; y: number; width: number; height: number };
  edges(): readonly { readonly v: string; readonly w: string }[];
  edge(edge: { readonly v: string; readonly w: string }): {
    readonly points?: readonly { readonly x: number; readonly y: number }[];
  };
}

function placePanel({ phase, cards }: Panel, y: number): PlacedPanel {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 12, ranksep: 40, marginx: 14, marginy: 14 });
  graph.setDefaultEdgeLabel(() => ({}));
  const lines = new Map(cards.map((card) => [card.id, linesOf(card)]));
  for (const { id } of cards) graph.setNode(`${id}`, sizeOf(lines.get(id) ?? []));
  for (const { id, from } of cards) for (const other of from) graph.setEdge(`${other}`, `${id}`);
  layout(graph);
  const placed: LaidOut = graph;
  const x = measures.panel;
  const top = y + measures.header;
  const { width = 0, height = 0 } = placed.graph();
  return {
    phase,
    x,
    y,
    width: Math.max(width, 260),
    height: height + measures.header,
    cards: cards.map((card) => {
      const box = placed.node(`${card.id}`);
      return {
        card,
        lines: lines.get(card.id) ?? [],
        x: x + box.x - box.width / 2,
        y: top + box.y - box.height / 2,
        width: box.width,
        height: box.height,
      };
    }),
    arrows: placed.edges().map((edge) => ({
      from: Number(edge.v),
      to: Number(edge.w),
      points: (placed.edge(edge).points ?? []).map((point) => ({
        x: x + point.x,
        y: top + point.y,
      })),
    })),
  };
}

function sizeOf(lines: readonly Line[]): { width: number; height: number } {
  const characters = lines.map(({ text, shape }) => text.length + (shape ? shape.length + 2 : 0));
  const { character, line, padding } = measures;
  return {
    width: Math.max(...characters, 12) * character + 2 * padding + 6,
    height: lines.length * line + 2 * padding,
  };
}

function linesOf({ id, count, rows, reads, results }: Card): Line[] {
  const lines: Line[] = [
    { kind: 'title', text: count > 1 ? `#${id}  ${count} kernels alike` : `#${id}` },
  ];
  for (const { phase, rule, operations, shape } of rows) {
    if (rule) lines.push({ kind: 'rule', text: rule, phase });
    const wrapped = wrap(operations.split(' · '), ' · ');
    wrapped.forEach((text, i) => {
      const isLast = i === wrapped.length - 1;
      lines.push({ kind: 'operations', text, phase, ...(isLast && { shape }) });
    });
  }
  for (const text of listed('reads ', reads)) lines.push({ kind: 'reads', text });
  for (const text of listed('→ ', results)) lines.push({ kind: 'result', text });
  return lines;
}

/** A list in lines; of many names the first ones, and how many more there are. */
function listed(before: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const constants = names.filter((name) => name === 'constant').length;
  const named = names.filter((name) => name !== 'constant');
  const shown = named.slice(0, 6).map(short);
  if (named.length > 6) shown.push(`${named.length - 6} more`);
  if (constants > 0) shown.push(constants === 1 ? 'a constant' : `${constants} constants`);
  return wrap(shown, ', ').map((text, i) => (i === 0 ? before : ' '.repeat(before.length)) + text);
}

/** A path without what says least, or its end if it is too long. */
function short(path: string): string {
  const name = path.replace(/^state\./, '');
  return name.length <= widest - 8 ? name : `…${name.slice(8 - widest)}`;
}

function wrap(words: readonly string[], between: string): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines[lines.length - 1];
    const longer = `${last}${between}${word}`;
    if (last !== undefined && longer.length <= widest) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
