/** @file Learning rates of descent on a quadratic in the plane, as the page presents it. */

import { momentumKnob, rateKnob, stepsKnob } from '../knobs.ts';
import type { LabProblem } from '../problem.ts';

/** The learning rates. */
export const learningRate: LabProblem = {
  name: 'learning-rate',
  title: 'Learning the learning rates',
  about:
    'A ball rolls down a valley by gradient descent. The gradient through the whole way says how ' +
    'to change the size of each step so that the ball ends lower.',
  objective: 'The objective is the height at which the ball ends: the lower, the better.',
  knobs: [
    {
      kind: 'number',
      name: 'curvature',
      label: 'Steepness of the walls',
      about: 'How much steeper the valley is across than along.',
      least: 1,
      most: 50,
      step: 1,
      preset: 10,
    },
    {
      kind: 'number',
      name: 'first',
      label: 'First size of the steps',
      about: 'The size of all steps before the first outer step.',
      least: 0.001,
      most: 0.3,
      step: 0.001,
      preset: 0.02,
    },
    stepsKnob(30, 100),
    rateKnob(0.002, 0.02),
    momentumKnob(0.8),
  ],
};
