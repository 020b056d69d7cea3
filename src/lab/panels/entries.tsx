/** @file The gradient entry by entry, exact and through the last τ steps, of inputs that are a list. */

import { useAnswer } from '../page/answer.ts';
import { calls, facts, snapshot, tau } from '../page/lab.ts';
import { Chart } from '../pictures/chart.tsx';
import { lastSteps } from '../pictures/numbers.ts';

/** The chart; fake users have pictures of their own. */
export const Entries = () => {
  const truncated = useAnswer(calls.truncated, () =>
    snapshot.value && facts.value?.problem !== 'attack' ? tau.value : null,
  );
  const exact = snapshot.value?.gradient;
  const part = truncated.value;
  if (!exact || !part) return null;
  return (
    <div id="entries">
      <Chart
        label="The gradient, entry by entry, exact and truncated"
        x={Array.from(exact, (_, i) => i)}
        xLabel="entry of the inputs"
        series={[
          { label: 'exact', colour: '--blue', values: exact },
          {
            label: lastSteps(part.question),
            colour: '--orange',
            values: part.answer,
            dashes: 1,
          },
        ]}
        height={170}
      />
    </div>
  );
};
