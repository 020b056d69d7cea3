/** @file Numbers as tables and axes have them. */

/** A number by a few digits: plain where that is short, else with its power of ten. */
export function brief(x: number, digits = 2): string {
  const size = Math.abs(x);
  if (size > 0 && (size < 1e-3 || size >= 1e4))
    return x.toExponential(digits - 1).replace('e+', 'e');
  return String(Number(size >= 100 ? x.toFixed(0) : x.toPrecision(digits)));
}

/** A sentence, with the long numbers in it by three digits. */
export const inBrief = (sentence: string): string =>
  sentence.replaceAll(/-?\d+\.\d{4,}(e[+-]?\d+)?/g, (number) => brief(Number(number), 3));

/**
 * The labels of the ticks of an axis, which lie at equal distances: as many digits as tell them
 * apart, and all with a power of ten where plain ones would be long.
 */
export function tickLabels(ticks: readonly number[]): string[] {
  const most = ticks.reduce((size, tick) => Math.max(size, Math.abs(tick)), 0);
  const between = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : most;
  if (!(most > 0 && between > 0)) return ticks.map(String);
  const [digits, power] = Number(between.toPrecision(3)).toExponential().split('e');
  /** The power of ten of the last digit that ticks have. */
  const last = Number(power) - (digits.split('.')[1]?.length ?? 0);
  return ticks.map((tick) => {
    if (Math.abs(tick) < between / 2) return '0';
    if (most >= 1e-3 && most < 1e6) {
      const places = Math.max(0, -last);
      const format = { minimumFractionDigits: places, maximumFractionDigits: places };
      return tick.toLocaleString('en', format);
    }
    const more = Math.floor(Math.log10(Math.abs(tick) * (1 + 1e-9))) - last;
    return tick.toExponential(Math.max(0, more)).replace('e+', 'e');
  });
}

/** A share in percent; a dash where it is no number. */
export const percent = (share: number, digits = 1): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(digits)} %` : '–';

/** Bytes in units of a thousand; tenths of them where they are few. */
export const kilobytes = (bytes: number): string =>
  bytes < 1e6 ? (bytes / 1000).toFixed(1) : Math.round(bytes / 1000).toLocaleString('en');

/** `last step`, `last 2 steps` and so on. */
export const lastSteps = (count: number, kind = ''): string =>
  count === 1 ? `last ${kind}step` : `last ${count} ${kind}steps`;
