/** @file Knobs that several problems have. */

import type { Knob } from './problem.ts';

/** How far the inputs follow the gradient, with a preset. */
export const rateKnob = (preset: number, most: number): Knob => ({
  kind: 'number',
  name: 'rate',
  label: 'Outer rate',
  about: 'How far the inputs follow the gradient in one outer step.',
  least: 0,
  most,
  step: most / 100,
  preset,
});

/** How much of the earlier updates goes on, with a preset. */
export const momentumKnob = (preset: number): Knob => ({
  kind: 'number',
  name: 'momentum',
  label: 'Outer momentum',
  about: 'How much of the last change is made again in the next one: 0 is none.',
  least: 0,
  most: 0.99,
  step: 0.01,
  preset,
});

/** L, the inner steps. */
export const stepsKnob = (preset: number, most: number): Knob => ({
  kind: 'whole',
  name: 'steps',
  label: 'Training steps',
  about: 'How many steps the inner training takes.',
  least: 1,
  most,
  preset,
});
