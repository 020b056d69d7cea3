/** @file The fake users as a picture of clicks, and of the gradient that each cell gets. */

import { type Signal, useComputed, useSignal } from '@preact/signals';
import { calls, facts, focus, pause, report, snapshot, toggled } from '../page/lab.ts';
import { diverging, HeatMap, type HeatMapProps, inked } from '../pictures/heat-map.tsx';
import { brief } from '../pictures/numbers.ts';
import { Panel } from './panel.tsx';
import { Toggle } from './toggle.tsx';
import { Truncation } from './truncation.tsx';

type Shown = 'gradient' | 'truncated' | 'clicks';

const pictures: readonly { readonly shown: Shown; readonly label: string }[] = [
  { shown: 'gradient', label: 'gradient' },
  { shown: 'truncated', label: 'gradient and its truncation' },
  { shown: 'clicks', label: 'clicks' },
];

const colours =
  'Orange: a click there helps the attack, for the gradient is below 0, and a lower objective is a better attack. Blue: it hurts.';

/** The panel; problems whose inputs are no clicks have none. */
export const FakeUsers = () => {
  const shown = useSignal<Shown>('gradient');
  const now = snapshot.value;
  const most = useComputed(
    () => snapshot.value?.gradient.reduce((size, x) => Math.max(size, Math.abs(x)), 0) || 1,
  );
  const asking = useSignal(false);
  const pick = async (cell: number) => {
    pause();
    toggled.value = null;
    asking.value = true;
    try {
      toggled.value = await calls.toggle(cell);
    } catch (error) {
      report(error);
    }
    asking.value = false;
  };
  if (facts.value?.problem !== 'attack') return null;
  const [rows, columns] = facts.value.shape;
  const { target } = facts.value;
  /** A gradient in the colours of the exact one, and the same numbers in words. */
  const pictureOf = (slopes: ArrayLike<number>): Pick<HeatMapProps, 'colour' | 'describe'> => ({
    colour: (cell, dark) => diverging(-slopes[cell] / most.value, dark),
    describe(cell) {
      const [fake, item] = [Math.floor(cell / columns), cell % columns];
      const clicked = now?.inputs[cell] ? 'clicked' : 'not clicked';
      const slope = slopes[cell];
      const effect = slope < 0 ? 'helps' : slope > 0 ? 'hurts' : 'does nothing to';
      return `fake user ${fake}, item ${item}${item === target ? ', the target' : ''}: ${clicked}, gradient ${brief(slope, 3)}, by which a click here ${effect} the attack`;
    },
  });
  const grid = {
    rows,
    columns,
    zooms: true,
    row: focus.value?.kind === 'fake' ? focus.value.index : null,
    onHover: (cell: number | null) => {
      focus.value = cell === null ? null : { kind: 'fake', index: Math.floor(cell / columns) };
    },
  };
  const clicks = (cell: number, dark: boolean) => inked((now?.inputs[cell] ?? 0) > 0, dark);
  const exact = pictureOf(now?.gradient ?? []);
  return (
    <Panel
      name="fake-users"
      title="The fake users, cell by cell"
      about={`A row is a fake user, a column an item. ${shown.value === 'clicks' ? 'The cells that stand out are clicks.' : colours}`}
    >
      <Choice shown={shown} />
      {now && (
        <HeatMap
          {...grid}
          {...exact}
          {...(shown.value === 'clicks'
            ? { label: 'Clicks of the fake users', colour: clicks }
            : { label: 'The exact gradient' })}
          of={shown.value + now.iteration}
          onPick={(cell) => void pick(cell)}
        />
      )}
      {shown.value === 'truncated' && <Truncation grid={grid} pictureOf={pictureOf} />}
      <div aria-live="polite">
        {toggled.value ? (
          <Toggle />
        ) : (
          <p class="about">
            {asking.value
              ? 'Training again …'
              : 'Try a cell: what if its click were flipped? Nothing of that is kept. Arrow keys go from cell to cell, Enter tries one.'}
          </p>
        )}
      </div>
    </Panel>
  );
};

const Choice = ({ shown }: { readonly shown: Signal<Shown> }) => (
  <fieldset class="choice">
    <legend class="hidden">What the picture shows</legend>
    {pictures.map((each) => (
      <label key={each.shown}>
        <input
          type="radio"
          name="fake-users-shown"
          checked={shown.value === each.shown}
          onChange={() => {
            shown.value = each.shown;
          }}
        />
        {each.label}
      </label>
    ))}
  </fieldset>
);
