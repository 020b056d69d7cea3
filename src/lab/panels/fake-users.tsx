/** @file The fake users as a picture of clicks, and of the gradient that each cell gets. */

import { useComputed, useSignal } from '@preact/signals';
import { facts, focus, snapshot } from '../page/lab.ts';
import { diverging, HeatMap } from '../pictures/heat-map.tsx';
import { Panel } from './panel.tsx';

/** The panel; problems whose inputs are no clicks have none. */
export const FakeUsers = () => {
  const shown = useSignal<'gradient' | 'clicks'>('gradient');
  const now = snapshot.value;
  const scale = useComputed(() => {
    const gradient = snapshot.value?.gradient;
    return gradient ? gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1 : 1;
  });
  if (facts.value?.problem !== 'attack') return null;
  const [rows, columns] = facts.value.shape;
  const colour = (cell: number): readonly [number, number, number] => {
    if (!now) return [255, 255, 255];
    if (shown.value === 'clicks') return now.inputs[cell] > 0 ? [20, 60, 110] : [244, 244, 240];
    return diverging(-now.gradient[cell] / scale.value);
  };
  const describe = (cell: number) => {
    const [fake, item] = [Math.floor(cell / columns), cell % columns];
    const clicked = now && now.inputs[cell] > 0 ? 'clicked' : 'not clicked';
    return `fake user ${fake}, item ${item}: ${clicked}, gradient ${now?.gradient[cell].toPrecision(3)}`;
  };
  return (
    <Panel
      name="fake-users"
      title="The fake users, cell by cell"
      about="A row is a fake user, a column an item. Orange cells: a click there would help the attack. Blue: it would hurt."
    >
      <fieldset class="choice">
        <legend class="hidden">What the picture shows</legend>
        {(['gradient', 'clicks'] as const).map((what) => (
          <label key={what}>
            <input
              type="radio"
              name="fake-users-shown"
              checked={shown.value === what}
              onChange={() => {
                shown.value = what;
              }}
            />
            {what}
          </label>
        ))}
      </fieldset>
      <HeatMap
        label={`The ${shown.value} of the fake users`}
        rows={rows}
        columns={columns}
        colour={colour}
        of={[now, shown.value].map(String).join() + now?.iteration}
        describe={describe}
        onHover={(cell) => {
          focus.value = cell === null ? null : { kind: 'fake', index: Math.floor(cell / columns) };
        }}
      />
    </Panel>
  );
};
