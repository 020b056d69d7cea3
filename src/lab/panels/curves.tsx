/** @file Loss and rates over the outer iterations, with the runs that are kept. */

import { facts, history, keptHere, problem } from '../page/lab.ts';
import { later } from '../page/later.tsx';
import { Chart, type Series } from '../pictures/chart.tsx';
import type { Line } from '../session/snapshot.ts';
import { Panel } from './panel.tsx';

const Kept = later(async () => (await import('./kept.tsx')).Kept);

const colours = ['--blue', '--orange', '--green', '--purple'];

/** A curve has no more points than that: a page may play for hours. */
const mostPoints = 1500;

/** The outer steps that are drawn of so many: all, or every few and the last. */
function stepsShown(count: number): number[] {
  const every = Math.ceil(count / mostPoints);
  const points = Math.ceil((count - 1) / every) + 1;
  return Array.from({ length: points }, (_, i) => Math.min(i * every, count - 1));
}

/** The curves. */
export const Curves = () => {
  const figures = facts.value?.figures ?? [];
  const runs = [{ name: '', lines: history.value }, ...keptHere.value];
  const longest = runs.reduce((most, { lines }) => Math.max(most, lines.length), 2);
  const x = stepsShown(longest);
  const over = (value: (line: Line) => number, lines: readonly Line[]) =>
    x.map((i) => (lines[i] ? value(lines[i]) : Number.NaN));
  const seriesOf = (label: string, colour: string, value: (line: Line) => number): Series[] =>
    runs.map(({ name, lines }, i) => ({
      label: name ? `${label}, ${name}` : label,
      colour,
      dashes: i,
      values: over(value, lines),
    }));
  const rates = figures.flatMap(({ name, label }, i) =>
    seriesOf(label, colours[(i + 1) % colours.length], ({ figures: found }) => found[name]),
  );
  return (
    <Panel
      name="curves"
      title="What the outer iterations reach"
      about={`Each outer step trains the model anew and follows the gradient of the objective through that training. ${problem.value.objective}`}
    >
      <Chart
        label="The objective by outer step"
        x={x}
        xLabel="outer step"
        series={seriesOf('objective, lower is better', '--blue', ({ value }) => value)}
        height={170}
      />
      {rates.length > 0 && (
        <Chart
          label="The rates by outer step"
          x={x}
          xLabel="outer step"
          series={rates}
          ranges={{ y: [0, 1] }}
          height={190}
        />
      )}
      <Kept />
    </Panel>
  );
};
