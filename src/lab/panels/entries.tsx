/** @file The gradient entry by entry, exact and through the last τ steps, of inputs that are a list. */

import { facts, snapshot } from '../page/lab.ts';
import { useTruncated } from '../page/truncated.ts';
import { Chart } from '../pictures/chart.tsx';
import { lastSteps } from '../pictures/numbers.ts';

/** The chart; fake users have pictures of their own. */
export const Entries = () => {
  const isList = facts.value?.problem !== 'attack';
  const truncated = useTruncated(() => isList);
  const exact = snapshot.value?.gradient;
  const part = truncated.value;
  if (!isList || !exact || part?.gradient.length !== exact.length) return null;
  return (
    <div id="entries">
      <Chart
        label="The gradient, entry by entry, exact and truncated"
        x={Array.from(exact, (_, i) => i)}
        xLabel="entry of the inputs"
        series={[
          { label: 'exact', colour: '--blue', values: exact },
          {
            label: lastSteps(part.tau),
            colour: '--orange',
            values: part.gradient,
            dashes: 1,
          },
        ]}
        height={170}
      />
    </div>
  );
};
