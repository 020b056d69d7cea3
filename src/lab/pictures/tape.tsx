/** @file A phase of a tape that is laid out, as cards and arrows that answer to pointer and keyboard. */

import { type Signal, useComputed } from '@preact/signals';
import type { Arrow, Card, Line, PlacedCard, PlacedPanel } from '../../picture/index.ts';
import { measures, phaseColour } from '../../picture/look.ts';

/** What the pictures of all phases share. */
export interface TapeState {
  /** All cards by their numbers. */
  readonly cards: ReadonlyMap<number, Card>;
  /** The card under the pointer or with the focus. */
  readonly over: Signal<number | null>;
  /** The card whose side is open. */
  readonly picked: Signal<number | null>;
  /** The cards that are searched for; null where nothing is. */
  readonly found: Signal<ReadonlySet<number> | null>;
}

/** The id of a card's element. */
export const cardId = (card: number): string => `tape-card-${card}`;

/** A card in words. */
export function describeCard({ id, phase, count, rows, reads, results }: Card): string {
  const operations = rows.map((row) => `${row.operations} ${row.shape}`).join(', ');
  const rules = [...new Set(rows.flatMap(({ rule }) => (rule ? [rule] : [])))].join(', ');
  const parts = [
    `#${id} ${phase}${count > 1 ? `, ${count} kernels alike` : ''}: ${operations}`,
    ...(rules ? [`by the rule ${rules}`] : []),
    ...(reads.length > 0 ? [`reads ${reads.join(', ')}`] : []),
    ...(results.length > 0 ? [`gives ${results.join(', ')}`] : []),
  ];
  return parts.join('; ');
}

/** The picture of a phase. Arrow keys go from card to card, Enter picks one. */
export const TapePhase = (props: { readonly panel: PlacedPanel; readonly state: TapeState }) => {
  const { panel, state } = props;
  const { x, y, width, height, cards, arrows } = panel;
  const top = y + measures.header;
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    // The focus, which the pointer leaves alone.
    const at = cards.findIndex(({ card }) => cardId(card.id) === document.activeElement?.id);
    const next = cards[Math.min(cards.length - 1, Math.max(0, at + step))];
    document.getElementById(cardId(next.card.id))?.focus();
  };
  return (
    <svg
      width={width}
      height={height - measures.header}
      viewBox={`${x} ${top} ${width} ${height - measures.header}`}
      role="group"
      aria-label={`${panel.phase}: ${cards.length} cards; arrow keys go from one to another`}
      onKeyDown={onKey}
    >
      {arrows.map((arrow) => (
        <TapeArrow key={`${arrow.from}-${arrow.to}`} arrow={arrow} state={state} />
      ))}
      {cards.map((placed, i) => (
        <TapeCard key={placed.card.id} placed={placed} first={i === 0} state={state} />
      ))}
    </svg>
  );
};

const TapeArrow = ({ arrow, state }: { readonly arrow: Arrow; readonly state: TapeState }) => {
  const lit = useComputed(() => arrow.to === (state.over.value ?? state.picked.value));
  const [start, ...rest] = arrow.points.map(({ x, y }) => `${x} ${y}`);
  const [before, end] = arrow.points.slice(-2);
  const turn = (180 / Math.PI) * Math.atan2(end.y - before.y, end.x - before.x);
  return (
    <g class={lit.value ? 'arrow lit' : 'arrow'}>
      <path d={`M${start}L${rest.join('L')}`} />
      <path
        class="head"
        d="M-8 -4L0 0L-8 4z"
        transform={`translate(${end.x} ${end.y}) rotate(${turn})`}
      />
    </g>
  );
};

interface CardProps {
  readonly placed: PlacedCard;
  readonly first: boolean;
  readonly state: TapeState;
}

const TapeCard = ({ placed: { card, lines, x, y, width, height }, first, state }: CardProps) => {
  const look = useComputed(() => {
    const { over, picked, found, cards } = state;
    const shown = over.value ?? picked.value;
    const reader = shown === null ? undefined : cards.get(shown);
    const isRead = reader?.from.includes(card.id) || reader?.across.includes(card.id);
    const names = ['card'];
    if (shown === card.id || isRead) names.push('lit');
    if (picked.value === card.id) names.push('picked');
    if (found.value && !found.value.has(card.id)) names.push('faint');
    return names.join(' ');
  });
  // Of the cards of a phase, one is reached by Tab: that which had the focus last.
  const isStop = useComputed(() => state.over.value === card.id || (first && !state.over.value));
  const pick = () => {
    state.picked.value = card.id;
  };
  return (
    <g
      id={cardId(card.id)}
      class={look.value}
      role="button"
      tabIndex={isStop.value ? 0 : -1}
      aria-pressed={state.picked.value === card.id}
      onPointerEnter={() => {
        state.over.value = card.id;
      }}
      onPointerLeave={() => {
        state.over.value = null;
      }}
      onFocus={() => {
        state.over.value = card.id;
      }}
      onClick={pick}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        pick();
      }}
    >
      <rect
        class="face"
        x={x}
        y={y}
        width={width}
        height={height}
        rx={4}
        stroke={phaseColour(card.phase)}
      />
      {lines.map((line, i) => (
        <CardLine
          key={i}
          line={line}
          left={x}
          right={x + width}
          top={y + measures.padding + i * measures.line}
        />
      ))}
    </g>
  );
};

interface LineProps {
  readonly line: Line;
  readonly left: number;
  readonly right: number;
  readonly top: number;
}

/** Ends in spaces, which divide the lines where the card is read out. */
const CardLine = ({ line: { kind, text, shape, phase }, left, right, top }: LineProps) => (
  <>
    {phase && <rect x={left} y={top} width={4} height={measures.line} fill={phaseColour(phase)} />}
    <text class={kind} x={left + measures.padding + 4} y={top + 11}>
      {`${text} `}
    </text>
    {shape && (
      <text
        class="shape"
        text-anchor="end"
        x={right - measures.padding + measures.character}
        y={top + 11}
      >
        {`${shape} `}
      </text>
    )}
  </>
);
