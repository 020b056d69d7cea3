/** @file What the exact gradient costs, whole or with checkpoints, beside a truncated one. */

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { useAnswer } from '../page/answer.ts';
import { calls, checkpoints, facts, OfThisStep, pause, report, tau } from '../page/lab.ts';
import { kilobytes } from '../pictures/numbers.ts';
import { Worded } from '../pictures/worded.tsx';
import type { Cost, Thrift } from '../session/costs.ts';
import { Range } from './range.tsx';

/** A slider for checkpoints, and the costs. */
export const Costs = () => {
  const measured = useMemo(() => new OfThisStep<{ of: Thrift; costs: readonly Cost[] }>(), []);
  const measuring = useSignal(false);
  const steps = facts.value?.steps ?? 1;
  const now: Thrift = { tau: tau.value, checkpoints: checkpoints.value };
  const scheduled = useAnswer(
    (thrift: Thrift) => calls.costs(thrift, false),
    () => facts.value && { tau: tau.value, checkpoints: checkpoints.value },
  );
  const { of, costs = [] } = measured.value ?? {};
  const isMeasured = of?.tau === now.tau && of.checkpoints === now.checkpoints;
  const measure = async () => {
    pause();
    measuring.value = true;
    try {
      measured.value = { of: now, costs: await calls.costs(now, true) };
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
            {(isMeasured ? costs : (scheduled.value?.answer ?? [])).map(
              ({ method, heldStates, heldBytes, forwardSteps, seconds }, i) => (
                <tr key={i}>
                  <th scope="row">
                    <Worded text={method} />
                  </th>
                  <td>{heldStates}</td>
                  <td>{kilobytes(heldBytes)}</td>
                  <td>{forwardSteps}</td>
                  <td>{seconds === undefined ? '–' : seconds.toFixed(3)}</td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </div>
      <button type="button" disabled={measuring.value} onClick={() => void measure()}>
        {measuring.value ? 'Running …' : 'Measure the seconds'}
      </button>
    </>
  );
};
