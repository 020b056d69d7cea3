/** @file What a defence is: a training of a victim that fake users are to harm less. */

import { partOf } from '../../data/part.ts';
import { random } from '../../data/random.ts';
import type { SparseMatrix } from '../../data/sparse.ts';
import { UserError } from '../../errors.ts';
import type { FitOptions, ModelKind, Settings, TrainedModel } from '../../models/index.ts';
import type { Votes } from './certificate.ts';

/** What a defence can be told. Each reads those that its `defaults` name. */
export interface DefenceSettings {
  /** The share of users that are dropped, or taken to be fake. */
  readonly share?: number;
  /** The length of the perturbation of a factor. */
  readonly epsilon?: number;
  /** The weight of the loss at perturbed factors. */
  readonly adversarialWeight?: number;
  /** Epochs before the first perturbation. */
  readonly pretraining?: number;
  /** The largest length of a user's perturbation, as a multiple of `epsilon`. */
  readonly adaptation?: number;
  /** Recommenders that vote, each trained on the users of one bag. */
  readonly bags?: number;
  /** Users of a bag. */
  readonly bagSize?: number;
  /** Items that each of them recommends to a user. */
  readonly votes?: number;
}

/** What a victim is trained on, and how it would be trained without a defence. */
export interface DefenceTask extends FitOptions {
  /** Users, genuine and fake among one another. */
  readonly clicks: SparseMatrix;
  readonly kind: ModelKind;
  readonly settings: Settings;
  /** A detector's suspicion of each user, higher where more suspicious. */
  readonly suspicion?: (clicks: SparseMatrix, signal?: AbortSignal) => Promise<Float64Array>;
}

/** What a defended training gives. */
export interface Defended {
  readonly model: Pick<TrainedModel, 'users' | 'items' | 'scores' | 'release'>;
  /** How much each user counted in what users share: 0 where it was left out. */
  readonly weights?: Float64Array;
  /** Of `pore`, from which `certifiedSize` follows. */
  readonly votes?: Votes;
}

/** One defence. */
export interface Defence {
  /** As a user writes it. */
  readonly name: string;
  /** A line on what it is, with its source. */
  readonly about: string;
  /** What it can be told, and the values where it is not. */
  readonly defaults: DefenceSettings;
  /** Whether it asks for a detector's suspicion. */
  readonly suspects: boolean;
  /** The names of the victims that it can defend; all, where left out. */
  readonly victims?: readonly string[];
  /** The kind that the victim is trained as, whose settings `defaults` names, if it is another. */
  readonly trainsAs?: string;
  /**
   * Trains the victim defended, with the same bits for the same seed. Throws a UserError for a
   * victim that it cannot defend, settings out of range, or a suspicion that is missing.
   */
  train(task: DefenceTask, settings: DefenceSettings): Promise<Defended>;
}

/** Throws a UserError unless the defence can defend this kind of victim. */
export function expectVictim({ name, victims }: Defence, victim: string): void {
  if (!victims || victims.includes(victim)) return;
  throw new UserError(`${name} defends ${victims.join(', ')}, not ${victim}: choose --victim`);
}

/**
 * How many of `users` a share is, rounded down. Throws a UserError that names the defence unless the
 * share is above 0 and below 1, and that of one user or more.
 */
export function countOf(name: string, { share }: DefenceSettings, users: number): number {
  if (share === undefined || !(share > 0 && share < 1)) {
    throw new UserError(`${name}: share: expected a number above 0 and below 1, got ${share}`);
  }
  const count = partOf(share, users);
  if (count >= 1) return count;
  throw new UserError(
    `${name}: share: ${share} of ${users} users is nobody: give ${(1 / users).toPrecision(2)} or more`,
  );
}

/**
 * The suspicion of all users of a task. Throws a UserError without one, or for numbers that are not
 * one finite number for each user.
 */
export async function checkedSuspicion(name: string, { clicks, suspicion, signal }: DefenceTask) {
  if (!suspicion) throw new UserError(`${name} asks a detector whom it suspects: give --detector`);
  const scores = await suspicion(clicks, signal);
  if (scores.length === clicks.rows && scores.every(Number.isFinite)) return scores;
  throw new UserError(
    `${name}: suspicion: expected ${clicks.rows} finite numbers, got ${scores.length}`,
  );
}

/**
 * The `count` users of the highest scores, ascending. Among equal scores the seed draws: fake users
 * are often the last rows, and no row is more suspicious for its place.
 */
export function highest(scores: Float64Array, count: number, seed: number): Int32Array {
  const order = Int32Array.from(scores, (_, user) => user);
  random(seed).fork('users of equal scores').shuffle(order);
  return order
    .sort((a, b) => scores[b] - scores[a])
    .slice(0, count)
    .sort();
}
