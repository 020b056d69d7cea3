/** @file PGA: projected gradient ascent on the partial derivative of ALS (Li et al. 2016). */

import type { AttackKind } from '../kind.ts';
import { direction, moveRows, type UpdateRule } from '../update.ts';
import { type LearnedSettings, learnWithin } from './learn-within.ts';

/** Settings of `pga`. */
export type PgaSettings = LearnedSettings & { readonly normalizeRows: boolean };

/**
 * The velocity holds fake users relaxed to numbers from 0 to 1, M. A step is M - eta g, held to
 * that range; the clicks are its projection, and it is on these that the next gradient is taken.
 */
export const relaxedDescent: UpdateRule = ({ fakes, velocity }, pull, descent) =>
  moveRows(fakes, descent, pull, (row, start) => {
    direction(row, start, pull, descent);
    for (let column = 0; column < row.length; column++) {
      const moved = velocity[start + column] - descent.learningRate * row[column];
      velocity[start + column] = Math.min(1, Math.max(0, moved));
      row[column] = velocity[start + column];
    }
  });

/**
 * The attack `pga` (Li, Wang, Singh & Vorobeychik 2016, Algorithm 1): along the partial derivative
 * through the last solve of the items, with the users' factors constant. They train the learner on
 * relaxed ratings and round once, at the end; a click has no size, so that here the learner trains
 * on the clicks that would be submitted, and only the steps add up in relaxed numbers.
 */
export const pga: AttackKind<PgaSettings> = {
  name: 'pga',
  about: 'projected gradient ascent on the partial derivative of ALS (Li et al. 2016)',
  family: 'learned',
  defaults: {
    surrogate: 'wrmf-als',
    method: 'partial',
    iterations: 30,
    outerRate: 1,
    projection: 'threshold:0.5',
    normalizeRows: true,
    clickTargets: true,
    start: 'random',
    withinRange: false,
    copyLimit: 100,
    surrogateSeeds: '1',
    heldOutSeeds: 1,
    candidates: 0,
  },
  craft: (context, settings) =>
    learnWithin('pga', context, settings, {
      momentum: 0,
      normalizeRows: settings.normalizeRows,
      update: relaxedDescent,
      velocity: (clicks) => clicks,
    }),
};
