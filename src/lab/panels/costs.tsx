/** @file What the exact gradient costs, whole or with checkpoints, beside a truncated one. */

import { useSignal, useSignalEffect } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { calls, checkpoints, facts, pause, report, tau } from '../page/lab.ts';
import { latest } from '../page/latest.ts';
import { kilobytes } from '../pictures/numbers.ts';
import { Worded } from '../pictures/worded.tsx';
import type { Cost } from '../session/costs.ts';
import { Range } from './range.tsx';

/** A slider for checkpoints, and the costs. */
export const Costs = () => {
  const costs = useSignal<readonly Cost[]>([]);
  const measuring = useSignal(false);
  const steps = facts.value?.steps ?? 1;
  const ask = useMemo(
    () =>
      latest(calls.costs, (found) => {
        costs.value = found;
      }),
    [],
  );
  useSignalEffect(() => {
    if (facts.value) ask({ tau: tau.value, checkpoints: checkpoints.value }, false);
  });
  const measure = async () => {
    pause();
    measuring.value = true;
    try {
      costs.value = await calls.costs({ tau: tau.value, checkpoints: checkpoints.value }, true);
    } catch (error) {
      report(error);
    }
    measuring.value = false;
  };
  return (
    <>
      <Range
        label={`States held on the way back, c = ${checkpoints.value} of ${steps}: fewer take less memory, and steps between them are run again`}
        range={[1, steps]}
        value={checkpoints.value}
        onInput={(states) => {
          checkpoints.value = states;
        }}
      />
      <div class="scroll" tabIndex={0} role="region" aria-label="Table of costs">
        <table>
          <thead>
            <tr>
              <th scope="col">method</th>
              <th scope="col">
                <Worded text="states held" />
              </th>
              <th scope="col">kB</th>
              <th scope="col">
                <Worded text="forward steps" />
              </th>
              <th scope="col">seconds</th>
            </tr>
          </thead>
          <tbody>
            {costs.value.map(({ method, heldStates, heldBytes, forwardSteps, seconds }, i) => (
              <tr key={i}>
                <th scope="row">
                  <Worded text={method} />
                </th>
                <td>{heldStates}</td>
                <td>{kilobytes(heldBytes)}</td>
                <td>{forwardSteps}</td>
                <td>{seconds === undefined ? '–' : seconds.toFixed(3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <button type="button" disabled={measuring.value} onClick={() => void measure()}>
        {measuring.value ? 'Running …' : 'Measure the seconds'}
      </button>
    </>
  );
};
