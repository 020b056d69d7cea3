/** @file The attacks by name. The command line and the documentation read this list. */

import { named } from '../named.ts';
import { bandwagon } from './heuristics/bandwagon.ts';
import { copy } from './heuristics/copy.ts';
import { popular } from './heuristics/popular.ts';
import { popularityProportional } from './heuristics/popularity-proportional.ts';
import { powerUser } from './heuristics/power-user.ts';
import { randomFiller } from './heuristics/random-filler.ts';
import { segment } from './heuristics/segment.ts';
import type { AttackKind } from './kind.ts';
import { dp } from './learned/dp.ts';
import { hypergradientAttack } from './learned/hypergradient.ts';
import { pga } from './learned/pga.ts';
import { sAttack } from './learned/s-attack.ts';
import { sgld } from './learned/sgld.ts';

/** All attacks, heuristics first. */
export const attackKinds: readonly AttackKind[] = [
  randomFiller,
  popularityProportional,
  popular,
  bandwagon,
  segment,
  powerUser,
  copy,
  hypergradientAttack,
  pga,
  sgld,
  sAttack,
  dp,
];

/** The names of all attacks. */
export const attackNames: readonly string[] = attackKinds.map(({ name }) => name);

/** The attack of this name. Throws a UserError that lists the names of all. */
export const attackKind = (name: string): AttackKind => named(attackKinds, 'attack', name);
