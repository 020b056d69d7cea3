/** @file One direction in which the training was run again: hᵀd beside the central difference. */

import { randomVector } from '../../tape/random-numbers.ts';
import type { Referee } from '../retrain.ts';
import { dot, type Vector } from '../vectors.ts';
import type { Finding } from './certificate.ts';
import { type Examined, judged, noted, show } from './examined.ts';

const most = 1e-2;

/** The derivative by retraining, along a direction with the signs and relative sizes of a drawn one. */
export type Retrain = (drawn: Vector) => Promise<Referee>;

/**
 * hᵀd and the retrained difference along a random d. They differ by what the certificate's other
 * findings are about, and by the length of the training, which the implicit function theorem takes
 * as endless.
 */
export async function retrained({ h }: Examined, retrain?: Retrain): Promise<Finding> {
  if (!retrain) {
    return noted('retrained direction', 'Not measured: retrain asks for four more trainings.');
  }
  const {
    direction,
    slope: difference,
    doubled,
    steady,
  } = await retrain(randomVector(h.length, 4));
  const slope = dot(h, direction);
  if (!steady) {
    return noted(
      'retrained direction',
      `No referee: retraining gives ${show(difference)} and, with twice the step, ` +
        `${show(doubled)}. The objective has a jump or a kink there, or the slope is lost in ` +
        'rounding.',
      { slope, difference, doubled },
    );
  }
  const error = slope === difference ? 0 : Math.abs(slope - difference) / Math.abs(difference);
  return judged(
    'retrained direction',
    !(error <= most),
    { slope, difference, error },
    `Along one random direction the hypergradient has the slope ${show(slope)} and retraining ` +
      `${show(difference)}, ${show(error)} apart. Other directions may be farther off.`,
  );
}
