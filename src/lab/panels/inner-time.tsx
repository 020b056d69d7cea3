/** @file Inner time: what each training step contributes, and what a truncation to τ steps sees. */

import { facts, innerStep, snapshot, tau } from '../page/lab.ts';
import { Chart } from '../pictures/chart.tsx';
import { Panel } from './panel.tsx';

const percent = (share: number) =>
  Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : 'undefined';

/** The panel. */
export const InnerTime = () => {
  const now = snapshot.value;
  const steps = facts.value?.steps ?? 1;
  return (
    <Panel
      name="inner-time"
      title="Where in the training the gradient comes from"
      about="Going back through the training, each step adds its share. To truncate is to stop on the way: what lies before is lost."
    >
      {now && (
        <>
          <Chart
            label="The share of each training step in the gradient"
            x={Array.from({ length: steps }, (_, t) => t)}
            xLabel="training step"
            series={[{ label: 'share of the gradient', colour: '--blue', values: now.fractions }]}
            height={170}
          />
          <label class="field wide-field">
            <span>
              Last steps seen, τ = {tau.value} of {steps}
            </span>
            <input
              type="range"
              min={0}
              max={steps}
              value={tau.value}
              onInput={(event) => {
                tau.value = Number(event.currentTarget.value);
              }}
            />
          </label>
          <dl class="figures">
            <div>
              <dt>of the gradient is seen</dt>
              <dd>{percent(now.curve.fraction[tau.value])}</dd>
            </div>
            <div>
              <dt>relative error</dt>
              <dd>{percent(now.curve.error[tau.value])}</dd>
            </div>
            <div>
              <dt>cosine</dt>
              <dd>{now.curve.cosine[tau.value].toFixed(4)}</dd>
            </div>
            <div>
              <dt>length, exact is 1</dt>
              <dd>{now.curve.normRatio[tau.value].toFixed(4)}</dd>
            </div>
          </dl>
          <label class="field wide-field">
            <span>Look at the model after step {innerStep.value}</span>
            <input
              type="range"
              min={0}
              max={steps}
              value={innerStep.value}
              onInput={(event) => {
                innerStep.value = Number(event.currentTarget.value);
              }}
            />
          </label>
        </>
      )}
    </Panel>
  );
};
