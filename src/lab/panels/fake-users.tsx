/** @file The fake users as a picture of clicks, and of the gradient that each cell gets. */

import { type Signal, useComputed, useSignal } from '@preact/signals';
import { calls, facts, focus, pause, report, snapshot, toggled } from '../page/lab.ts';
import { useTruncated } from '../page/truncated.ts';
import {
  type Colour,
  diverging,
  HeatMap,
  type HeatMapProps,
  inked,
} from '../pictures/heat-map.tsx';
import { brief, lastSteps } from '../pictures/numbers.ts';
import { Worded } from '../pictures/worded.tsx';
import type { Facts } from '../problems/problem.ts';
import type { Toggled } from '../session/toggle.ts';
import { Panel } from './panel.tsx';

type Grid = Pick<HeatMapProps, 'rows' | 'columns' | 'describe' | 'row' | 'onHover' | 'zooms'>;

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
  const scale = useComputed(() => {
    const gradient = snapshot.value?.gradient;
    return gradient ? gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1 : 1;
  });
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
  const colour = (cell: number, dark: boolean): Colour => {
    if (!now) return diverging(0, dark);
    if (shown.value === 'clicks') return inked(now.inputs[cell] > 0, dark);
    return diverging(-now.gradient[cell] / scale.value, dark);
  };
  const describe = (cell: number) => {
    const [fake, item] = [Math.floor(cell / columns), cell % columns];
    const name = `fake user ${fake}, item ${item}${item === target ? ', the target' : ''}`;
    if (!now) return name;
    const slope = now.gradient[cell];
    const clicked = now.inputs[cell] > 0 ? 'clicked' : 'not clicked';
    const effect = slope < 0 ? 'helps' : slope > 0 ? 'hurts' : 'does nothing to';
    return `${name}: ${clicked}, gradient ${brief(slope, 3)}: a click here ${effect} the attack`;
  };
  const grid: Grid = {
    rows,
    columns,
    describe,
    zooms: true,
    row: focus.value?.kind === 'fake' ? focus.value.index : null,
    onHover: (cell) => {
      focus.value = cell === null ? null : { kind: 'fake', index: Math.floor(cell / columns) };
    },
  };
  return (
    <Panel
      name="fake-users"
      title="The fake users, cell by cell"
      about={`A row is a fake user, a column an item. ${shown.value === 'clicks' ? 'The cells that stand out are clicks.' : colours}`}
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
  const target = item === props.facts.target ? ', the target' : '';
  return (
    <>
      <p class="about">
        If fake user {fake} {clicked ? 'clicked' : 'did not click'} item {item}
        {target}:
      </p>
      <dl class="figures">
        <div>
          <dt>
            <Worded text="objective, by the gradient" />
          </dt>
          <dd>{signed(predicted, 2)}</dd>
        </div>
        <div>
          <dt>
            <Worded text="objective, trained again" />
          </dt>
          <dd>{signed(found, 2)}</dd>
        </div>
        {props.facts.figures.map(({ name, label }) => (
          <div key={name}>
            <dt>
              <Worded text={`${label}, trained again`} />
            </dt>
            <dd>{signed(after[name] - before[name], 4)}</dd>
          </div>
        ))}
      </dl>
      <p class="about">
        Trained again, the objective {found < 0 ? 'falls, which helps' : 'rises, which hurts'} the
        attack. The gradient is exact for tiny changes alone. A whole click is large, so that both
        changes may differ much. The fake users stay as they were.
      </p>
    </>
  );
};
