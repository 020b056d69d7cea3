/** @file The bar of the guided story: its words, something to do, back and next. */

import { useEffect, useRef } from 'preact/hooks';
import {
  facts,
  innerStep,
  open,
  step as outerStep,
  settings,
  snapshot,
  story,
  tau,
} from '../page/lab.ts';
import { Range } from '../panels/range.tsx';
import { type Deed, storySteps } from './steps.ts';
import { tell } from './tell.ts';

/** The bar, while the story is told. */
export const Story = () => {
  const heading = useRef<HTMLHeadingElement>(null);
  const number = story.value;
  const step = storySteps[number - 1];
  const isOpen = facts.value !== null;
  useEffect(() => heading.current?.focus({ preventScroll: true }), [number]);
  useEffect(() => {
    return step && isOpen ? keepInView(step.panels[0]) : undefined;
  }, [number, isOpen]);
  if (!step) return null;
  return (
    <aside class="story" aria-label="Guided story">
      <h2 ref={heading} tabIndex={-1}>
        <span class="count">
          {number} of {storySteps.length}
        </span>{' '}
        {step.title}
      </h2>
      <div class="story-text" tabIndex={0} role="region" aria-label="What happens here">
        {step.text.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
      </div>
      <div class="story-deeds">
        {step.deed && <Doing deed={step.deed} />}
        <span class="story-moves">
          <button type="button" onClick={() => tell(0)}>
            Close
          </button>
          <button type="button" disabled={number === 1} onClick={() => tell(number - 1)}>
            Back
          </button>
          <button
            type="button"
            class="primary"
            onClick={() => tell((number + 1) % (storySteps.length + 1))}
          >
            {number < storySteps.length ? 'Next' : 'Explore'}
          </button>
        </span>
      </div>
    </aside>
  );
};

/** Milliseconds in which panels that load later may still move the others. */
const settling = 4000;

/** Brings a panel into view, again when what is above it grows, until the reader moves on. */
function keepInView(name: string): () => void {
  const show = () => document.getElementById(name)?.scrollIntoView();
  const observer = new ResizeObserver(show);
  const panels = document.querySelector('.panels');
  if (panels) observer.observe(panels);
  const end = () => {
    observer.disconnect();
    clearTimeout(timer);
    for (const name of moves) removeEventListener(name, end);
  };
  const timer = setTimeout(end, settling);
  const moves = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;
  for (const name of moves) addEventListener(name, end, { passive: true });
  return end;
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

const deedLook = 'wide-field deed';

/** What one can do in a step: the same that a panel offers, within reach. */
const Doing = ({ deed }: { readonly deed: Deed }) => {
  const now = snapshot.value;
  const steps = facts.value?.steps ?? 1;
  if (deed === 'sizes') {
    const first = Number(settings.value.knobs.first);
    return (
      <Range
        look={deedLook}
        label={`All steps of size ${first}: the ball ends at height ${now?.value.toPrecision(3) ?? '…'}`}
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
  }
  if (!now) return <p class="deed">Opening …</p>;
  if (deed === 'outer-step') {
    return (
      <p class="deed">
        <button type="button" onClick={() => void outerStep()}>
          One outer step
        </button>{' '}
        After {now.iteration} the ball ends at height {now.value.toPrecision(3)}.
      </p>
    );
  }
  if (deed === 'roll') {
    return (
      <Range
        look={deedLook}
        label={`Roll it: step ${innerStep.value} of ${steps}`}
        range={[0, steps, 1]}
        value={innerStep.value}
        onInput={(value) => {
          innerStep.value = value;
        }}
      />
    );
  }
  const { fraction, error } = now.curve;
  return (
    <Range
      look={deedLook}
      label={`The last ${tau.value} of ${steps} steps see ${percent(fraction[tau.value])} of the hypergradient; relative error ${percent(error[tau.value])}`}
      range={[0, steps, 1]}
      value={tau.value}
      onInput={(value) => {
        tau.value = value;
      }}
    />
  );
};
