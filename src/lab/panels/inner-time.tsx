/** @file Inner time: what each training step contributes, and what a truncation to τ steps sees. */

import { facts, innerStep, snapshot, tau } from '../page/lab.ts';
import { later } from '../page/later.tsx';
import { Chart } from '../pictures/chart.tsx';
import { percent } from '../pictures/numbers.ts';
import { Worded } from '../pictures/worded.tsx';
import type { Snapshot } from '../session/snapshot.ts';
import { Panel } from './panel.tsx';
import { Range } from './range.tsx';
import { useRoll } from './roll.ts';

const Entries = later(async () => (await import('./entries.tsx')).Entries);
const Costs = later(async () => (await import('./costs.tsx')).Costs);

const digits = (x: number) => (Number.isFinite(x) ? x.toFixed(4) : '–');

/** The panel. */
export const InnerTime = () => {
  const now = snapshot.value;
  const steps = facts.value?.steps ?? 1;
  return (
    <Panel
      name="inner-time"
      title="Where in the training the gradient comes from"
      about="Going back through the training, each step adds its share. The shares add up to 1; negative ones work against the others. To truncate is to stop on the way: what lies before is lost. Drag over a chart to choose the last steps, and compare."
    >
      {now && now.fractions.length === steps && (
        <>
          <Elsewhere now={now} />
          <StepCharts now={now} />
          <Range
            label={
              <Worded text={`Compare with the last steps alone, τ = ${tau.value} of ${steps}`} />
            }
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

/** Shares below that are rounding. */
const least = 1e-9;

/** What of the gradient comes through no training step, so that the chart of shares lacks it. */
const Elsewhere = ({ now: { initFraction, curve } }: { readonly now: Snapshot }) => {
  const [direct] = curve.fraction;
  return (
    <>
      {Math.abs(initFraction) > least && (
        <p class="about">
          {percent(initFraction)} of the gradient comes through the start of the training, before
          the first step: only the whole way back reaches it, and no step below has it.
        </p>
      )}
      {Math.abs(direct) > least && (
        <p class="about">
          {percent(direct)} of the gradient is there before the way back begins, since what is
          measured at the end reads the choices itself. Every truncation has that, and no step below
          does; the shares of the steps are the rest.
        </p>
      )}
    </>
  );
};

const Seen = ({ now: { curve } }: { readonly now: Snapshot }) => {
  const figures = [
    ['gradient seen', percent(curve.fraction[tau.value])],
    ['relative error', percent(curve.error[tau.value])],
    ['cosine', digits(curve.cosine[tau.value])],
    ['length, exact is 1', digits(curve.normRatio[tau.value])],
  ];
  return (
    <>
      <dl class="figures" aria-live="polite">
        {figures.map(([name, figure]) => (
          <div key={name}>
            <dt>
              <Worded text={name} />
            </dt>
            <dd>{figure}</dd>
          </div>
        ))}
      </dl>
      <p class="about">
        The relative error is the length of what is missing or wrong, over the length of the exact
        gradient. It counts what lies beside the gradient too, so that it need not be the rest of
        what is seen, and can exceed 100 %.
      </p>
    </>
  );
};

/** Which step's model is looked at, by hand or slowly one after another. */
const Scrubber = ({ steps }: { readonly steps: number }) => {
  const playing = useRoll(250);
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
