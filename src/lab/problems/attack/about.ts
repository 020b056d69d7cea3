/** @file The paper's synthetic attack, as the page presents it. */

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
  knobs: [
    {
      kind: 'choice',
      name: 'surrogate',
      label: 'Recommender',
      about: 'The model that the fake users are learned through.',
      choices: surrogates,
      preset: 'wrmf-sgd',
    },
    {
      kind: 'number',
      name: 'tau',
      label: 'Steps seen',
      about: 'How many of the last training steps lead the update; all of them is exact.',
      least: 1,
      most: 100,
      step: 1,
      preset: 100,
    },
    {
      kind: 'number',
      name: 'rate',
      label: 'Outer rate',
      about: 'How far the fake users follow the gradient in one iteration.',
      least: 0.1,
      most: 10,
      step: 0.1,
      preset: 1,
    },
    {
      kind: 'number',
      name: 'momentum',
      label: 'Outer momentum',
      about: 'How much of the earlier updates goes on.',
      least: 0,
      most: 0.99,
      step: 0.01,
      preset: 0.99,
    },
  ],
};
