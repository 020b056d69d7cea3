/** @file The frame of a panel: a title that folds it, a sentence of plain words, and the picture. */

import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { PanelName } from '../address.ts';
import { folded, story } from '../page/lab.ts';
import { storySteps } from '../story/steps.ts';

/** A panel. Its name is its id on the page. */
export const Panel = (props: {
  readonly name: PanelName;
  readonly title: string;
  readonly about: string;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}) => {
  const { name } = props;
  const place = useRef<HTMLElement>(null);
  useRows(place);
  const isFolded = folded.value.includes(name);
  const isTold = storySteps[story.value - 1]?.panels.includes(name) ?? false;
  const fold = () => {
    folded.value = isFolded
      ? folded.value.filter((other) => other !== name)
      : [...folded.value, name];
  };
  const classes = ['panel', props.wide && 'wide', isTold && 'told'].filter(Boolean).join(' ');
  return (
    <section ref={place} class={classes} id={name} aria-labelledby={`${name}-title`}>
      <h2 id={`${name}-title`}>
        <button
          type="button"
          class="fold"
          aria-expanded={!isFolded}
          aria-controls={`${name}-body`}
          onClick={fold}
        >
          {props.title}
        </button>
      </h2>
      <div id={`${name}-body`} class="panel-body" hidden={isFolded}>
        {!isFolded && (
          <>
            <p class="about">{props.about}</p>
            {props.children}
          </>
        )}
      </div>
    </section>
  );
};

/** Pixels of a row of the grid, as panels.css has it, and between two panels. */
const [row, gap] = [4, 16];

/** Gives a panel as many rows of the grid as it is high. */
function useRows(place: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const fit = () => {
      const rows = Math.ceil((element.offsetHeight + gap) / row);
      element.style.gridRowEnd = `span ${rows}`;
    };
    fit();
    const observer = new ResizeObserver(fit);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
}
