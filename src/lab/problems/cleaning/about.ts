/** @file Hyper-cleaning of noisy labels in the plane, as the page presents it. */

import { momentumKnob, rateKnob, stepsKnob } from '../knobs.ts';
import type { LabProblem } from '../problem.ts';

/** Hyper-cleaning. */
export const cleaning: LabProblem = {
  name: 'cleaning',
  title: 'Finding wrong labels',
  about:
    'Some training points carry the wrong label. Each point gets a weight, and the gradient through ' +
    'the training says which weights to lower so that clean points are classified better.',
  objective:
    'The objective is the error on clean points, which have no weights: the lower, the better.',
  knobs: [
    {
      kind: 'number',
      name: 'wrong',
      label: 'Wrong labels',
      about: 'The share of training points that carry the wrong label.',
      least: 0,
      most: 0.5,
      step: 0.05,
      preset: 0.3,
    },
    stepsKnob(60, 300),
    rateKnob(200, 2000),
    momentumKnob(0.8),
  ],
};
