/** @file Goes to a step of the guided story. */

import { batch } from '@preact/signals';
import { presetSettings } from '../address.ts';
import { detector, folded, history, open, present, story, tau } from '../page/lab.ts';
import { labProblem } from '../problems/registry.ts';
import { storySteps } from './steps.ts';

/** Opens what a step speaks of, unless it is open; 0 ends the story and leaves all as it is. */
export function tell(number: number): void {
  const step = storySteps[number - 1];
  if (!step) {
    story.value = 0;
    return;
  }
  const { problem, iterations, brush, panels } = step;
  const wanted = { ...presetSettings(labProblem(problem)), iterations };
  const { look: _, ...shown } = present.value;
  const { look: plain, ...asked } = wanted;
  const isOpen = history.value.length > 0 && JSON.stringify(shown) === JSON.stringify(asked);
  const unfolded = folded.value.filter((name) => !panels.includes(name));
  if (!isOpen) {
    const look = { ...plain, brush, detector: detector.value, folded: unfolded, story: number };
    void open(wanted, look);
    return;
  }
  batch(() => {
    story.value = number;
    folded.value = unfolded;
    if (brush !== null) tau.value = brush;
  });
}
