/** @file An iteration of an attack as a line of text. */

import type { AttackRecord } from '../../attack/index.ts';

/** The line: loss, figures with those of held-out seeds, clicks, and what else was found. */
export function describe(
  { iteration, loss, clicks, seconds, figures, heldOut, implicit, outsideRange }: AttackRecord,
  last: number,
) {
  const held = (name: string) => (heldOut ? ` (held out ${heldOut.figures[name].toFixed(4)})` : '');
  const parts = Object.entries(figures).map(
    ([name, value]) => `${name} ${value.toFixed(4)}${held(name)}`,
  );
  if (implicit) {
    const { residual, stationarity } = implicit;
    parts.push(
      `residual ${residual.toExponential(1)}, stationarity ${stationarity.toExponential(1)}`,
    );
  }
  if (outsideRange !== undefined) parts.push(`${outsideRange} outside of the range`);
  const time = `${seconds.toFixed(1)} s`;
  return `${iteration}/${last}: loss ${loss.toFixed(2)}, ${parts.join(', ')}, ${clicks} clicks, ${time}`;
}
