/** @file How a grid ended, for people and as data. */

import { type GridOutcome, labelOf } from '../../grid/index.ts';
import type { Output } from '../output.ts';

/** How to go on after a stop. */
export const goesOn = 'the same command goes on from here';

/** Names the cells that failed, and counts all. */
export function sayHowItEnded(
  { done, failed, blocked, stopped }: GridOutcome,
  output: Output,
): void {
  for (const { cell, failure } of failed)
    output.line(`failed: ${labelOf(cell)}: ${failure.message}`);
  const counts = [`cells done: ${done.length}`];
  if (failed.length > 0) counts.push(`failed: ${failed.length} (--retry runs them again)`);
  if (blocked.length > 0) counts.push(`waiting for those: ${blocked.length}`);
  if (stopped) counts.push(`the rest was stopped: ${goesOn}`);
  output.line(counts.join(', '));
}

/** How a grid ended, as the object that --json prints. */
export const outcomeOf = ({ done, failed, blocked, stopped }: GridOutcome): object => ({
  done: done.length,
  failed: failed.map(({ cell, failure }) => ({ id: cell.id, message: failure.message })),
  blocked: blocked.length,
  stopped,
});
