/** @file The defender's side: detectors on the fake users of the last iteration, and filtering. */

import { stackRows } from '../../data/portable.ts';
import { defence, detector } from '../../defence/index.ts';
import { UserError } from '../../errors.ts';
import { evaluateDefended, evaluateVictim, rocAuc, rocCurve } from '../../eval/portable.ts';
import type { Calling } from '../calls.ts';
import type { Attacked } from '../problems/problem.ts';
import type { Session } from './session.ts';

/** What a detector makes of the users, real ones first. */
export interface Detected {
  readonly detector: string;
  readonly about: string;
  readonly scores: Float64Array;
  readonly users: number;
  /** The place of each user when all are sorted by suspicion, 0 for the most suspicious. */
  readonly ranks: Uint32Array;
  readonly auc: number;
  /** The ROC curve: shares of fake and of genuine users at each threshold, the highest first. */
  readonly thresholds: Float64Array;
  readonly detected: Float64Array;
  readonly falseAlarms: Float64Array;
}

/** What a recommender gives before and after the flagged users are left out. */
export interface Retrained {
  readonly attacked: { readonly targetHitRate: number; readonly hitRate: number };
  readonly defended: { readonly targetHitRate: number; readonly hitRate: number };
}

function attackedOf({ run, last }: Session): Attacked {
  if (run.attacked) return run.attacked(last);
  throw new Error('this problem has no fake users to detect');
}

/** The scores of one detector. */
export async function detect(
  session: Session,
  name: string,
  { signal }: Calling,
): Promise<Detected> {
  const { data, fakes, seed } = attackedOf(session);
  const chosen = detector(name);
  const clicks = stackRows(data.train, fakes);
  const scores = await chosen.scores(clicks, { seed, signal });
  const users = data.train.rows;
  const fake = Uint8Array.from(scores, (_, user) => (user < users ? 0 : 1));
  const curve = rocCurve({ scores, fake });
  return {
    detector: name,
    about: chosen.about,
    scores,
    users,
    ranks: ranksOf(scores),
    auc: rocAuc({ scores, fake }),
    thresholds: Float64Array.from(curve, ({ threshold }) => threshold),
    detected: Float64Array.from(curve, ({ detected }) => detected),
    falseAlarms: Float64Array.from(curve, ({ falseAlarms }) => falseAlarms),
  };
}

function ranksOf(scores: Float64Array): Uint32Array {
  const order = Array.from(scores, (_, user) => user).sort((a, b) => scores[b] - scores[a]);
  const ranks = new Uint32Array(scores.length);
  order.forEach((user, rank) => {
    ranks[user] = rank;
  });
  return ranks;
}

/**
 * Trains the recommender again without the `flagged` users that a detector suspects most. Throws a
 * UserError where that is everyone.
 */
export async function retrainWithout(
  session: Session,
  name: string,
  flagged: number,
  { signal }: Calling,
): Promise<Retrained> {
  const { data, fakes, kind, settings, seed, targets, k } = attackedOf(session);
  const rows = data.train.rows + fakes.rows;
  if (flagged >= rows) {
    throw new UserError(`all ${rows} users are flagged: leave someone to train on`);
  }
  const options = { kind, settings, seed, targets, k, device: session.device, signal };
  const attacked = await evaluateVictim(data, fakes, options);
  if (flagged === 0) return { attacked, defended: attacked };
  const defended = await evaluateDefended(data, fakes, {
    ...options,
    defence: defence('filtering'),
    defenceSettings: { share: (flagged + 0.5) / rows },
    suspicion: (clicks) => detector(name).scores(clicks, { seed, signal }),
  });
  const figures = ({ targetHitRate, hitRate }: typeof attacked) => ({ targetHitRate, hitRate });
  return { attacked: figures(attacked), defended: figures(defended) };
}
