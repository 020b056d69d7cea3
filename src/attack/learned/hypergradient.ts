/** @file The learned attack: projected descent along hypergradients (Tang, Wen & Wang 2020). */

import { UserError } from '../../errors.ts';
import { matrixOf } from '../clicks.ts';
import type { AttackContext, AttackKind, Learning } from '../kind.ts';
import { learnFakes, startAttack } from '../learn.ts';
import { projectionOf } from '../projection.ts';
import { copiesWithin } from './start.ts';

/** Settings of `hypergradient`. */
export type HypergradientSettings = {
  readonly surrogate: string;
  readonly method: string;
  readonly iterations: number;
  readonly outerRate: number;
  readonly outerMomentum: number;
  readonly projection: string;
  readonly normalizeRows: boolean;
  readonly clickTargets: boolean;
  readonly copyLimit: number;
  readonly candidates: number;
};

/** What a learned attack learns through. Throws a UserError if the context has none. */
export function learningOf(name: string, { learning }: AttackContext): Learning {
  if (learning) return learning;
  throw new UserError(`${name}: expected what to learn through in the context: learning`);
}

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
    copyLimit: 100,
    candidates: 0,
  },
  craft: async (context, settings) => {
    const { train, goal, budget } = context;
    const { stopped, candidates, ...learning } = learningOf('hypergradient', context);
    const width = candidates?.length ?? train.columns;
    const { copyLimit, clickTargets } = settings;
    const start = () => startAttack(copiesWithin(context, copyLimit, clickTargets), candidates);
    const { best } = await learnFakes(stopped ?? start(), {
      ...learning,
      train,
      goal,
      iterations: settings.iterations,
      learningRate: settings.outerRate,
      momentum: settings.outerMomentum,
      projection: projectionOf(settings.projection, budget, width),
      normalizeRows: settings.normalizeRows,
      clickTargets,
    });
    return matrixOf(best.fakes, train.columns, candidates);
  },
};
