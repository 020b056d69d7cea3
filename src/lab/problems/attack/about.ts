/** @file The paper's synthetic attack, as the page presents it. */

import { momentumKnob } from '../knobs.ts';
import type { LabProblem } from '../problem.ts';

const surrogates = ['wrmf-sgd', 'wrmf-als', 'item-ae'] as const;
/** The name of a recommender that the attack can be learned through. */
export type Surrogate = (typeof surrogates)[number];

/** The synthetic attack. */
export const syntheticAttack: LabProblem = {
  name: 'attack',
  title: 'A learned attack on a recommender',
  about:
    'Fake users are added to the data that a recommender trains on. The gradient runs through the ' +
    'whole training and says which of their clicks would make it recommend one item to everyone.',
  objective:
    'The objective measures how far users are from being recommended the target: the lower, the better the attack works.',
  knobs: [
    {
      kind: 'choice',
      name: 'surrogate',
      label: 'Recommender',
      about:
        'The model that the fake users are learned through; the words of this page say what each is.',
      choices: surrogates,
      preset: 'wrmf-sgd',
    },
    {
      kind: 'whole',
      name: 'tau',
      label: 'Steps used by the attack',
      about: 'How many of the last training steps the fake users follow; all of them is exact.',
      least: 1,
      most: 100,
      preset: 100,
    },
    {
      kind: 'number',
      name: 'rate',
      label: 'Outer rate',
      about: 'How far the fake users follow the gradient in one outer step.',
      least: 0.1,
      most: 10,
      step: 0.1,
      preset: 1,
    },
    momentumKnob(0.99),
  ],
};
