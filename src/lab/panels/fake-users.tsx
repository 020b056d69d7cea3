/** @file The fake users as a picture of clicks, and of the gradient that each cell gets. */

import { type Signal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { calls, facts, focus, pause, report, snapshot } from '../page/lab.ts';
import { useTruncated } from '../page/truncated.ts';
import { type Colour, diverging, HeatMap, type HeatMapProps } from '../pictures/heat-map.tsx';
import { lastSteps } from '../pictures/numbers.ts';
import type { Facts } from '../problems/problem.ts';
import type { Toggled } from '../session/toggle.ts';
import { Panel } from './panel.tsx';

type Grid = Pick<HeatMapProps, 'rows' | 'columns' | 'describe' | 'row' | 'onHover'>;

type Shown = 'gradient' | 'truncated' | 'clicks';

const pictures: readonly { readonly shown: Shown; readonly label: string }[] = [
  { shown: 'gradient', label: 'gradient' },
  { shown: 'truncated', label: 'gradient and its truncation' },
  { shown: 'clicks', label: 'clicks' },
];

/** The panel; problems whose inputs are no clicks have none. */
export const FakeUsers = () => {
  const shown = useSignal<Shown>('gradient');
  const now = snapshot.value;
  const scale = useComputed(() => {
    const gradient = snapshot.value?.gradient;
    return gradient ? gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1 : 1;
  });
  const toggled = useSignal<Toggled | null>(null);
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
  useSignalEffect(() => {
    if (snapshot.value) toggled.value = null;
  });
  if (facts.value?.problem !== 'attack') return null;
  const [rows, columns] = facts.value.shape;
  const colour = (cell: number, dark: boolean): Colour => {
    if (!now) return diverging(0, dark);
    if (shown.value === 'clicks') return diverging(now.inputs[cell] > 0 ? -1 : 0, dark);
    return diverging(-now.gradient[cell] / scale.value, dark);
  };
  const describe = (cell: number) => {
    const [fake, item] = [Math.floor(cell / columns), cell % columns];
    const clicked = now && now.inputs[cell] > 0 ? 'clicked' : 'not clicked';
    return `fake user ${fake}, item ${item}: ${clicked}, gradient ${now?.gradient[cell].toPrecision(3)}`;
  };
  const grid: Grid = {
    rows,
    columns,
    describe,
    row: focus.value?.kind === 'fake' ? focus.value.index : null,
    onHover: (cell) => {
      focus.value = cell === null ? null : { kind: 'fake', index: Math.floor(cell / columns) };
    },
  };
  return (
    <Panel
      name="fake-users"
      title="The fake users, cell by cell"
      about="A row is a fake user, a column an item. Orange cells: a click there would help the attack. Blue: it would hurt."
    >
      <Choice shown={shown} />
      <HeatMap
        {...grid}
        label={shown.value === 'clicks' ? 'Clicks of the fake users' : 'The exact gradient'}
        colour={colour}
        of={[now, shown.value].map(String).join() + now?.iteration}
        onPick={(cell) => void pick(cell)}
      />
      {shown.value === 'truncated' && <Truncation grid={grid} most={scale.value} />}
      <div aria-live="polite">
        {toggled.value ? (
          <Toggle toggled={toggled.value} columns={columns} facts={facts.value} />
        ) : (
          <p class="about">
            {asking.value
              ? 'Training again …'
              : 'Pick a cell to toggle its click and see what it does.'}
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

/** The gradient that the steps seen give, in the colours of the exact one. */
const Truncation = ({ grid, most }: { readonly grid: Grid; readonly most: number }) => {
  const truncated = useTruncated(() => true);
  const found = truncated.value;
  if (!found) return null;
  return (
    <>
      <p class="about">Through the {lastSteps(found.tau, 'training ')} alone:</p>
      <HeatMap
        {...grid}
        label={`The gradient through the ${lastSteps(found.tau)}`}
        colour={(cell, dark) => diverging(-found.gradient[cell] / most, dark)}
        of={found}
      />
    </>
  );
};

const signed = (x: number, digits: number) => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(digits)}`;

const Toggle = (props: {
  readonly toggled: Toggled;
  readonly columns: number;
  readonly facts: Facts;
}) => {
  const { cell, clicked, predicted, before, after, true: found } = props.toggled;
  const [fake, item] = [Math.floor(cell / props.columns), cell % props.columns];
  return (
    <>
      <p class="about">
        Fake user {fake} {clicked ? 'clicks' : 'no longer clicks'} item {item}:
      </p>
      <dl class="figures">
        <div>
          <dt>objective, by the gradient</dt>
          <dd>{signed(predicted, 2)}</dd>
        </div>
        <div>
          <dt>objective, trained again</dt>
          <dd>{signed(found, 2)}</dd>
        </div>
        {props.facts.figures.map(({ name, label }) => (
          <div key={name}>
            <dt>{label}, trained again</dt>
            <dd>{signed(after[name] - before[name], 4)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
};
