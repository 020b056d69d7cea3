/** @file The bar of the guided story: its words, something to do, back and next. */

import { useEffect, useRef } from 'preact/hooks';
import { facts, settings, story } from '../page/lab.ts';
import { Doing } from './deeds.tsx';
import { storySteps } from './steps.ts';
import { tale } from './tale.ts';
import { found, tell } from './tell.ts';

/** The bar, while the story is told. */
export const Story = () => {
  const heading = useRef<HTMLHeadingElement>(null);
  const number = story.value;
  const step = storySteps[number - 1];
  const isOpen = facts.value !== null;
  useEffect(() => heading.current?.focus({ preventScroll: true }), [number]);
  useEffect(() => {
    return step && isOpen ? keepInView(step.view) : undefined;
  }, [number, isOpen]);
  if (!step) return null;
  const { title, text } = tale[number - 1];
  return (
    <aside class="story" aria-label="Guided story">
      <h2 ref={heading} tabIndex={-1}>
        <span class="count">
          {number} of {storySteps.length}
        </span>{' '}
        {title}
      </h2>
      <div class="story-text" tabIndex={0} role="region" aria-label="What happens here">
        {text.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
        {found.value && (
          <p class="about">The run that you came from is back when the story ends.</p>
        )}
      </div>
      <div class="story-deeds">
        {settings.value.problem === step.problem ? (
          <Doing key={number} deed={step.deed} />
        ) : (
          <button type="button" onClick={() => tell(number)}>
            Open what this step speaks of
          </button>
        )}
        <span class="story-moves">
          <button type="button" onClick={end}>
            Close
          </button>
          <button type="button" disabled={number === 1} onClick={() => tell(number - 1)}>
            Back
          </button>
          <button
            type="button"
            class="primary"
            onClick={() => (number < storySteps.length ? tell(number + 1) : end())}
          >
            {number < storySteps.length ? 'Next' : 'Explore'}
          </button>
        </span>
      </div>
    </aside>
  );
};

/** Ends the story where the page begins. */
function end(): void {
  tell(0);
  scrollTo({ top: 0 });
}

/** Milliseconds in which panels that load later may still move the others. */
const settling = 4000;

/** Brings an element into view, again when what is above it grows, until the reader moves on. */
function keepInView(id: string): () => void {
  const show = () => document.getElementById(id)?.scrollIntoView();
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
