/** @file What to change when training leaves the finite numbers. */

import { DivergedError } from '../../errors.ts';
import type { ModelKind, Settings } from '../../models/index.ts';

/** Runs a training. A DivergedError of it comes out with the model and the settings to change. */
export async function diverged<T>(
  { name }: Pick<ModelKind, 'name'>,
  settings: Settings,
  training: () => Promise<T>,
): Promise<T> {
  try {
    return await training();
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    throw new DivergedError(`${name} diverged: ${error.message}: ${mend(settings)}`);
  }
}

function mend({ learningRate, weight, regularization }: Settings): string {
  if (learningRate !== undefined) return `lower learningRate, now ${learningRate}`;
  const regularized = `raise regularization, now ${regularization}`;
  return `lower weight, now ${weight}, ${regularized}, or use the device reference: it has more digits`;
}
