/** @file The random attack: the targets, and filler items drawn at random. */

import { type AttackKind, besideTargets, generatorOf, otherItems } from '../kind.ts';
import { UniformPool } from '../sampling.ts';

/** The attack `random-filler`. */
export const randomFiller: AttackKind = {
  name: 'random-filler',
  about: 'any other items, with equal probability (Lam & Riedl 2004)',
  family: 'heuristic',
  defaults: {},
  craft: (context) => {
    const pool = new UniformPool(otherItems(context));
    const generator = generatorOf('random filler', context);
    return besideTargets(context, (_fake, room) => pool.draw(Math.min(room, pool.size), generator));
  },
};
