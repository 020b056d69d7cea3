/** @file The progress of one iteration of a learned attack. */

import type { Progress } from '../../autodiff/index.ts';
import type { Output } from '../output.ts';

/** A bar for each phase of a hypergradient. */
export function stepProgress(output: Output): Progress {
  const bars = {
    forward: output.progress('training steps'),
    objective: output.progress('blocks of users scored'),
    backward: output.progress('steps differentiated'),
  };
  return (phase, done, total) => {
    bars[phase].update(done, total);
    if (done === total) bars[phase].stop();
  };
}
