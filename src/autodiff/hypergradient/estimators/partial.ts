/** @file `partial`: the objective's direct dependence on the inputs. */

import { expectNothing } from '../../tape/options.ts';
import { reverseSweep } from '../reverse-sweep.ts';
import type { Estimator } from './estimator.ts';

/** The derivative of the objective at a constant trained state (Tang, Wen & Wang 2020, eq. 10). */
export function partial(...none: readonly []): Estimator {
  expectNothing('partial', none);
  return {
    name: 'partial()',
    estimate: (problem, run) => reverseSweep(problem, { ...run, depth: 0, throughInit: false }),
  };
}
