/** @file MAML on sines, as the page presents it. */

import { momentumKnob, rateKnob, stepsKnob } from '../knobs.ts';
import type { LabProblem } from '../problem.ts';

/** MAML. */
export const maml: LabProblem = {
  name: 'maml',
  title: 'Learning to learn a sine',
  about:
    'A small network is to fit any sine after a few steps on ten points. The gradient through those ' +
    'steps says from which weights to start.',
  objective:
    'The objective is the error on other points after those few steps: the lower, the better.',
  knobs: [stepsKnob(5, 20), rateKnob(0.003, 0.03), momentumKnob(0.9)],
};
