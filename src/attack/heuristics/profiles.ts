/** @file Profiles of genuine users as fillers. */

import type { Random } from '../../data/random.ts';
import { rowOf } from '../../data/sparse.ts';
import { targetsOf } from '../goal.ts';
import type { AttackContext } from '../kind.ts';
import { UniformPool } from '../sampling.ts';

/** The clicks of each user on items that are no targets. */
export function profilesBeside({ train, goal }: Pick<AttackContext, 'train' | 'goal'>) {
  const targets = new Set(targetsOf(goal));
  return (user: number): Int32Array => rowOf(train, user).filter((item) => !targets.has(item));
}

/** A profile, or where it is longer than `room` so many of its items drawn at random. */
export const cutTo = (profile: Int32Array, room: number, generator: Random): Int32Array =>
  profile.length <= room ? profile : new UniformPool(profile).draw(room, generator);
