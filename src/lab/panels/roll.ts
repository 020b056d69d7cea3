/** @file Plays the training: looks at the model one step later, again and again. */

import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import { facts, innerStep, nextInnerStep } from '../page/lab.ts';

/** Whether the training is played, a step in so many milliseconds; it stops after the last one. */
export function useRoll(milliseconds: number): Signal<boolean> {
  const rolling = useSignal(false);
  useSignalEffect(() => {
    if (!rolling.value) return;
    const timer = setInterval(() => {
      if (document.hidden) return;
      nextInnerStep();
      if (innerStep.peek() === (facts.peek()?.steps ?? 0)) rolling.value = false;
    }, milliseconds);
    return () => clearInterval(timer);
  });
  return rolling;
}
