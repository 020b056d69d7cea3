/** @file The learned attack: projected descent along hypergradients (Tang, Wen & Wang 2020). */

import type { AttackKind } from '../kind.ts';
import { stealthPenalty } from '../stealth.ts';
import { type LearnedSettings, learnWithin } from './learn-within.ts';

/** Settings of `hypergradient`. */
export type HypergradientSettings = LearnedSettings & {
  readonly outerMomentum: number;
  readonly normalizeRows: boolean;
  readonly stealth: string;
  readonly stealthWeight: number;
};

/** The attack `hypergradient`. */
export const hypergradientAttack: AttackKind<HypergradientSettings> = {
  name: 'hypergradient',
  about: 'learned by the derivative of the goal through training (Tang, Wen & Wang 2020)',
  family: 'learned',
  defaults: {
    surrogate: 'wrmf-sgd',
    method: 'truncated:10epochs',
    iterations: 30,
    outerRate: 1,
    outerMomentum: 0.95,
    projection: 'threshold:0.05',
    normalizeRows: true,
    clickTargets: false,
    start: 'random',
    stealth: 'none',
    stealthWeight: 0.3,
    withinRange: false,
    copyLimit: 100,
    surrogateSeeds: '1',
    heldOutSeeds: 1,
    candidates: 0,
  },
  craft: (context, settings) => {
    const { outerMomentum: momentum, normalizeRows, stealth, stealthWeight } = settings;
    const candidates = context.learning?.candidates;
    const isStealthy = stealth === 'mud' || stealth === 'likelihood';
    return learnWithin('hypergradient', context, settings, {
      momentum,
      normalizeRows,
      ...(isStealthy && {
        penalty: stealthPenalty(stealth, stealthWeight, context.train, candidates),
      }),
    });
  },
};
