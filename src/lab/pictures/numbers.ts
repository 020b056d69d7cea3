/** @file Numbers as tables and axes have them. */

/** A number by a few digits: plain where that is short, else with its power of ten. */
export function brief(x: number, digits = 2): string {
  const size = Math.abs(x);
  if (size > 0 && (size < 1e-3 || size >= 1e4))
    return x.toExponential(digits - 1).replace('e+', 'e');
  return String(Number(size >= 100 ? x.toFixed(0) : x.toPrecision(digits)));
}

/** Bytes in units of a thousand; tenths of them where they are few. */
export const kilobytes = (bytes: number): string =>
  bytes < 1e6 ? (bytes / 1000).toFixed(1) : Math.round(bytes / 1000).toLocaleString('en');

/** `last step`, `last 2 steps` and so on. */
export const lastSteps = (count: number, kind = ''): string =>
  count === 1 ? `last ${kind}step` : `last ${count} ${kind}steps`;
