/** @file The tape of one step: forward, backward, backward of backward, and what is behind a card. */

import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { PlacedPanel } from '../../picture/index.ts';
import { phaseColour } from '../../picture/look.ts';
import { counted } from '../counted.ts';
import { calls, facts, report } from '../page/lab.ts';
import { useNear } from '../page/near.ts';
import { cardId, describeCard, TapePhase, type TapeState } from '../pictures/tape.tsx';
import type { LaidOutTape, TapeView } from '../session/tape.ts';
import { KernelSide } from './kernel.tsx';
import { Panel } from './panel.tsx';

const views: readonly { readonly view: TapeView; readonly label: string }[] = [
  { view: 'step', label: 'one training step' },
  { view: 'way back', label: 'the way back through it' },
];

const noCards: TapeState['cards'] = new Map();

/** The panel. */
export const Tape = () => {
  const view = useSignal<TapeView>('step');
  const shown = useSignal<LaidOutTape | null>(null);
  const closed = useSignal<ReadonlySet<string>>(new Set());
  const over = useSignal<number | null>(null);
  const picked = useSignal<number | null>(null);
  const search = useSignal('');
  const { place, near } = useNear();
  useSignalEffect(() => {
    const [opened, asked] = [facts.value, view.value];
    shown.value = null;
    picked.value = null;
    over.value = null;
    if (!opened || !near.value) return;
    calls.tape(asked).then((found) => {
      if (facts.peek() === opened && view.peek() === asked) shown.value = found;
    }, report);
  });
  const cards = useComputed(() => {
    const all = shown.value?.layout.panels.flatMap((panel) => panel.cards) ?? [];
    return all.length > 0 ? new Map(all.map(({ card }) => [card.id, card])) : noCards;
  });
  const found = useComputed(() => {
    const word = search.value.trim().toLowerCase();
    if (word === '') return null;
    const those = [...cards.value.values()].filter(({ rows }) =>
      rows.some((row) => `${row.operations} ${row.rule ?? ''}`.toLowerCase().includes(word)),
    );
    return new Set(those.map(({ id }) => id));
  });
  const state: TapeState = { cards: cards.value, over, picked, found };
  const card = cards.value.get(picked.value ?? -1);
  const close = () => {
    const last = picked.value;
    picked.value = null;
    if (last !== null) document.getElementById(cardId(last))?.focus();
  };
  const toggle = (phase: string) => {
    const next = new Set(closed.value);
    if (!next.delete(phase)) next.add(phase);
    closed.value = next;
  };
  return (
    <Panel
      name="tape"
      title="The tape of one step"
      about="For those who use the library: what it records of a training step, and adds by the rules of derivatives. The way back goes through the step's own gradient: a derivative of a derivative."
      wide
    >
      <Tools view={view} search={search} found={found} cards={cards} />
      {!shown.value && <p class="about">Recording …</p>}
      <div ref={place} class={card ? 'tape-body with-side' : 'tape-body'}>
        <div class="phases">
          {shown.value?.layout.panels.map((panel) => (
            <section key={panel.phase} class="phase">
              <button
                type="button"
                class="phase-head"
                aria-expanded={!closed.value.has(panel.phase)}
                aria-controls={`phase-${panel.phase}`}
                onClick={() => toggle(panel.phase)}
              >
                <span class="key square" style={{ background: phaseColour(panel.phase) }} />
                {headOf(panel)}
              </button>
              <div
                id={`phase-${panel.phase}`}
                class="phase-picture"
                role="region"
                aria-label={`Picture of the phase ${panel.phase}`}
                tabIndex={closed.value.has(panel.phase) ? -1 : 0}
                hidden={closed.value.has(panel.phase)}
              >
                <TapePhase panel={panel} state={state} />
              </div>
            </section>
          ))}
        </div>
        {card && shown.value && (
          <KernelSide key={card.id} card={card} view={shown.value.view} onClose={close} />
        )}
      </div>
      <Readout state={state} />
      <p class="legend">
        A card is a kernel: operations that are computed together. ∂ f #4 was recorded by the
        derivative rule of f, which card 4 computes. An arrow goes to a card that reads another one;
        → names a result.
      </p>
    </Panel>
  );
};

const headOf = ({ phase, cards }: PlacedPanel): string => {
  const kernels = cards.reduce((sum, { card }) => sum + card.count, 0);
  return `${phase}, ${counted(kernels, 'kernel')}`;
};

interface ToolsProps {
  readonly view: { value: TapeView };
  readonly search: { value: string };
  readonly found: { readonly value: ReadonlySet<number> | null };
  readonly cards: { readonly value: TapeState['cards'] };
}

const Tools = ({ view, search, found, cards }: ToolsProps) => {
  const place = useRef(0);
  /** Brings the next card that is searched for into view. */
  const next = () => {
    const ids = [...(found.value ?? [])];
    if (ids.length === 0) return;
    const card = document.getElementById(cardId(ids[place.current++ % ids.length]));
    card?.scrollIntoView({ block: 'nearest', inline: 'center' });
    card?.focus();
  };
  return (
    <div class="transport">
      <fieldset class="choice">
        <legend class="hidden">What the tape is of</legend>
        {views.map((each) => (
          <label key={each.view}>
            <input
              type="radio"
              name="tape-view"
              checked={view.value === each.view}
              onChange={() => {
                view.value = each.view;
              }}
            />
            {each.label}
          </label>
        ))}
      </fieldset>
      <form
        class="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          next();
        }}
      >
        <label class="field">
          <span>Find an operation</span>
          <input
            type="search"
            placeholder="matmul"
            value={search.value}
            onInput={(event) => {
              place.current = 0;
              search.value = event.currentTarget.value;
            }}
          />
        </label>
        <button type="submit" disabled={!found.value?.size}>
          Next
        </button>
        <span role="status">
          {found.value && `${found.value.size} of ${cards.value.size} cards`}
        </span>
      </form>
    </div>
  );
};

const Readout = ({ state }: { readonly state: TapeState }) => {
  const card = state.cards.get(state.over.value ?? -1);
  return <p class="readout">{card ? describeCard(card) : '\u00a0'}</p>;
};
