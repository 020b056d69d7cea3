/** @file Inner time: what each training step contributes, and what a truncation to τ steps sees. */

import { useSignal, useSignalEffect } from '@preact/signals';
import { facts, innerStep, nextInnerStep, snapshot, tau } from '../page/lab.ts';
import { later } from '../page/later.tsx';
import { Chart } from '../pictures/chart.tsx';
import type { Snapshot } from '../session/snapshot.ts';
import { Panel } from './panel.tsx';
import { Range } from './range.tsx';

const Entries = later(async () => (await import('./entries.tsx')).Entries);
const Costs = later(async () => (await import('./costs.tsx')).Costs);

const percent = (share: number) => (Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : '–');
const digits = (x: number) => (Number.isFinite(x) ? x.toFixed(4) : '–');

/** The panel. */
export const InnerTime = () => {
  const now = snapshot.value;
  const steps = facts.value?.steps ?? 1;
  return (
    <Panel
      name="inner-time"
      title="Where in the training the gradient comes from"
      about="Going back through the training, each step adds its share. To truncate is to stop on the way: what lies before is lost. Drag over a chart to choose the last steps that are seen."
    >
      {now && now.fractions.length === steps && (
        <>
          <StepCharts now={now} />
          <Range
            label={`Last steps seen, τ = ${tau.value} of ${steps}`}
            range={[0, steps]}
            value={tau.value}
            onInput={(last) => {
              tau.value = last;
            }}
          />
          <Seen now={now} />
          <Entries />
          <Scrubber steps={steps} />
          <Costs />
        </>
      )}
    </Panel>
  );
};

/** Shares and adjoints by step, with the steps that a truncation sees brought out. */
const StepCharts = ({ now }: { readonly now: Snapshot }) => {
  const steps = now.fractions.length;
  const x = Array.from({ length: steps }, (_, t) => t);
  const common = {
    x,
    xLabel: 'training step',
    band: [steps - tau.value - 0.5, steps - 0.5] as const,
    onBrush: (from: number) => {
      tau.value = Math.min(steps, Math.max(0, Math.round(steps - 0.5 - from)));
    },
  };
  const ranges = { x: [-0.5, steps - 0.5] as const };
  return (
    <>
      <Chart
        {...common}
        label="The share of each training step in the gradient"
        series={[{ label: 'share of the gradient', colour: '--blue', values: now.fractions }]}
        ranges={ranges}
        zero
        height={170}
      />
      <Chart
        {...common}
        label="How much the objective depends on the state after each step, on a logarithmic scale"
        series={[{ label: 'length of the adjoint', colour: '--purple', values: now.adjointNorms }]}
        ranges={ranges}
        log
        height={170}
      />
    </>
  );
};

const Seen = ({ now: { curve, initFraction } }: { readonly now: Snapshot }) => (
  <>
    <dl class="figures" aria-live="polite">
      <div>
        <dt>gradient seen</dt>
        <dd>{percent(curve.fraction[tau.value])}</dd>
      </div>
      <div>
        <dt>relative error</dt>
        <dd>{percent(curve.error[tau.value])}</dd>
      </div>
      <div>
        <dt>cosine</dt>
        <dd>{digits(curve.cosine[tau.value])}</dd>
      </div>
      <div>
        <dt>length, exact is 1</dt>
        <dd>{digits(curve.normRatio[tau.value])}</dd>
      </div>
    </dl>
    {Math.abs(initFraction) > 1e-12 && (
      <p class="about">
        {percent(initFraction)} of the gradient comes through the start of the training, which none
        but the whole way back reaches.
      </p>
    )}
  </>
);

/** Which step's model is looked at, by hand or slowly one after another. */
const Scrubber = ({ steps }: { readonly steps: number }) => {
  const playing = useSignal(false);
  useSignalEffect(() => {
    if (!playing.value) return;
    const timer = setInterval(() => {
      if (document.hidden) return;
      nextInnerStep();
      if (innerStep.peek() === steps) playing.value = false;
    }, 250);
    return () => clearInterval(timer);
  });
  return (
    <div class="transport">
      <button
        type="button"
        onClick={() => {
          playing.value = !playing.value;
        }}
      >
        {playing.value ? 'Stop' : 'Play the training'}
      </button>
      <Range
        label={`The model after step ${innerStep.value} of ${steps}`}
        range={[0, steps]}
        value={innerStep.value}
        look="grow"
        onInput={(step) => {
          innerStep.value = step;
        }}
      />
    </div>
  );
};
