/** @file Goes to a step of the guided story, and back to the run that was there before it. */

import { signal } from '@preact/signals';
import { type Look, presetSettings, type Settings } from '../address.ts';
import { detector, folded, history, lookAt, open, playing, present, story } from '../page/lab.ts';
import { labProblem } from '../problems/registry.ts';
import { storySteps } from './steps.ts';

/** The run that was there before the story, which its end brings back; null where none was. */
export const found = signal<Settings | null>(null);

/** What each step was left at, so that who goes back finds it again. */
const left = new Map<number, Settings>();

/** Opens what a step speaks of, unless it is open; 0 ends the story. */
export function tell(number: number): void {
  remember();
  const step = storySteps[number - 1];
  if (!step) {
    story.value = 0;
    if (found.value) void open(found.value, { ...found.value.look, story: 0 });
    found.value = null;
    return;
  }
  const before = left.get(number);
  const preset = presetSettings(labProblem(step.problem));
  const wanted: Settings = before ?? { ...preset, iterations: step.iterations };
  const look: Look = {
    brush: before ? before.look.brush : step.brush,
    at: step.at,
    detector: detector.value,
    folded: folded.value.filter((name) => !step.panels.includes(name)),
    story: number,
  };
  if (isOpen(wanted)) lookAt(look);
  else void open(wanted, look);
}

/** Keeps the run that the story begins upon, or what the step that is left has come to. */
function remember(): void {
  const now = present.value;
  const isThere = history.value.length > 0;
  if (story.value === 0) {
    left.clear();
    found.value = isThere ? { ...now, iterations: playing.value ? null : now.iterations } : null;
  } else if (isThere && now.problem === storySteps[story.value - 1].problem) {
    left.set(story.value, now);
  }
}

function isOpen(wanted: Settings): boolean {
  const { look: _, ...shown } = present.value;
  const { look: __, ...asked } = wanted;
  return history.value.length > 0 && JSON.stringify(shown) === JSON.stringify(asked);
}
