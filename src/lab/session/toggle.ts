/** @file One click toggled: what the gradient predicts, and what training again gives. */

import type { Session } from './session.ts';

/** Both changes of the objective, and the figures before and after. */
export interface Toggled {
  readonly cell: number;
  /** Whether the cell is clicked after the change. */
  readonly clicked: boolean;
  /** The gradient's entry times the change of the cell. */
  readonly predicted: number;
  readonly true: number;
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
}

/** Toggles a cell of the last iteration's fake users. Throws for problems that have none. */
export async function toggle(
  session: Session,
  cell: number,
  signal: AbortSignal,
): Promise<Toggled> {
  const { run, last, facts } = session;
  if (!run.toggle) throw new Error('this problem has no clicks to toggle');
  const gradient = await session.truncated(facts.steps);
  const change = last.inputs[cell] > 0 ? -1 : 1;
  const { value, figures } = await run.toggle(cell, last, signal);
  return {
    cell,
    clicked: change > 0,
    predicted: change * gradient[cell],
    true: value - last.value,
    before: last.figures,
    after: figures,
  };
}
