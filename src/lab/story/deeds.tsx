/** @file What one can do in the steps of the story: the same that panels offer, within reach. */

import { useEffect } from 'preact/hooks';
import {
  facts,
  innerStep,
  open,
  step as outerStep,
  settings,
  snapshot,
  tau,
  toggled,
} from '../page/lab.ts';
import { Range } from '../panels/range.tsx';
import { useRoll } from '../panels/roll.ts';
import { percent } from '../pictures/numbers.ts';
import type { Snapshot } from '../session/snapshot.ts';
import type { Deed } from './steps.ts';

interface Props {
  readonly now: Snapshot;
  readonly steps: number;
}

/** What one can do in a step. */
export const Doing = ({ deed }: { readonly deed: Deed }) => {
  if (deed === 'sizes') return <Sizes />;
  const now = snapshot.value;
  if (!now || !facts.value) return <p class="deed">Opening …</p>;
  const Chosen = deeds[deed];
  return <Chosen now={now} steps={facts.value.steps} />;
};

const look = 'wide-field deed';

/** Milliseconds that a step of the ball takes. */
const pace = 120;

/** The ball rolls at once, but for those who want no motion. */
const Roll = ({ steps }: Props) => {
  const rolling = useRoll(pace);
  useEffect(() => {
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    rolling.value = innerStep.peek() === 0 && !isStill;
  }, []);
  return (
    <>
      <Range
        look={look}
        label={`Roll it: step ${innerStep.value} of ${steps}`}
        range={[0, steps]}
        value={innerStep.value}
        onInput={(value) => {
          rolling.value = false;
          innerStep.value = value;
        }}
      />
      <button
        type="button"
        onClick={() => {
          rolling.value = !rolling.value;
        }}
      >
        {rolling.value ? 'Stop' : 'Roll'}
      </button>
    </>
  );
};

/** Stays while the run opens anew, so that the slider can be pulled further. */
const Sizes = () => {
  const first = Number(settings.value.knobs.first);
  const height = snapshot.value?.value.toPrecision(3) ?? '…';
  return (
    <Range
      look={look}
      label={`All steps of size ${first}: the ball ends at height ${height}`}
      range={[0.005, 0.2, 0.005]}
      value={first}
      onChange={(value) =>
        void open({
          ...settings.value,
          iterations: 0,
          knobs: { ...settings.value.knobs, first: value },
        })
      }
    />
  );
};

/** The gradient in words: one number where all entries agree in three digits. */
const Answers = ({ now: { gradient } }: Props) => {
  const entries = Array.from(gradient, (entry) => entry.toPrecision(3));
  const [first] = gradient;
  const isOne = entries.every((entry) => entry === entries[0]);
  if (!isOne) {
    return (
      <p class="deed">
        The answers differ: the first is {entries[0]}, the last {entries.at(-1)}.
      </p>
    );
  }
  const change = (0.01 * Math.abs(first)).toPrecision(2);
  return (
    <p class="deed">
      Each of the {entries.length} answers is {entries[0]}: with a step longer by 0.01, the ball
      ends about {change} {first < 0 ? 'lower' : 'higher'}.
    </p>
  );
};

const OuterStep = ({ now }: Props) => (
  <p class="deed">
    <button type="button" onClick={() => void outerStep()}>
      One outer step
    </button>{' '}
    After {now.iteration} the ball ends at height {now.value.toPrecision(3)}.
  </p>
);

const Brush = ({ now: { curve }, steps }: Props) => (
  <Range
    look={look}
    label={
      `To walk back through the last ${tau.value} of ${steps} steps leaves out ${steps - tau.value}. ` +
      `It sees ${percent(curve.fraction[tau.value], 0)} of the hypergradient; relative error ` +
      percent(curve.error[tau.value], 0)
    }
    range={[0, steps]}
    value={tau.value}
    onInput={(value) => {
      tau.value = value;
    }}
  />
);

/** What a change of the objective is to the attack. */
const outcomeOf = (change: number): string =>
  change < 0 ? 'gains' : change > 0 ? 'loses' : 'neither gains nor loses';

const Cell = (props: Props) => {
  const tried = toggled.value;
  return (
    <>
      <p class="deed">
        {tried
          ? `The gradient said ${tried.predicted.toFixed(2)}, training again gave ${tried.true.toFixed(2)}: the attack ${outcomeOf(tried.true)}. Try another cell.`
          : 'Pick one cell of the picture: what if its click were flipped?'}
      </p>
      <Brush {...props} />
    </>
  );
};

const deeds = { roll: Roll, answers: Answers, 'outer-step': OuterStep, brush: Brush, cell: Cell };
