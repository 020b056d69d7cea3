/** @file The history of a run without a page: the same numbers, line by line. */

import type { Settings } from '../address.ts';
import { Session } from './session.ts';
import type { Line } from './snapshot.ts';

/** Runs the iterations up to the last that settings ask for, by default 0, and gives the lines that the page shows. */
export async function historyOf(
  settings: Settings,
  signal: AbortSignal,
  onLine: (line: Line) => void = () => {},
): Promise<Line[]> {
  const session = await Session.open(settings);
  const lines: Line[] = [];
  try {
    for (let done = 0; done <= (settings.iterations ?? 0); done++) {
      const { iteration, value, figures, seconds, settled } = await session.next(signal);
      const line = { iteration, value, figures, seconds };
      lines.push(line);
      onLine(line);
      if (settled) break;
    }
    return lines;
  } finally {
    await session.close();
  }
}
