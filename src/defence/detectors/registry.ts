/** @file The detectors by name. */

import { UserError } from '../../errors.ts';
import type { Detector } from './detector.ts';

/** All detectors. */
export const detectors: readonly Detector[] = [];

/** The names of all detectors. */
export const detectorNames: readonly string[] = detectors.map(({ name }) => name);

/** The detector of this name. Throws a UserError that lists the names of all. */
export function detector(name: string): Detector {
  const found = detectors.find((candidate) => candidate.name === name);
  if (found) return found;
  throw new UserError(`detector ${name} is not known; there are ${detectorNames.join(', ')}`);
}
