/** @file Parsers of the values of options. */

import { InvalidArgumentError } from 'commander';
import type { Checkpoints } from '../autodiff/index.ts';

/** Parses digits as a whole number in bounds. Throws an InvalidArgumentError. */
export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least}${upTo(most)}.`);
  };

const upTo = (most: number): string => (most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : '');

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Parses a decimal number in bounds. Throws an InvalidArgumentError. */
export const numberFrom =
  (least: number, most = 1e9) =>
  (text: string): number => {
    const value = Number(text);
    // A number too small for a float would silently be 0.
    const vanishes = value === 0 && /[1-9]/.test(text.split(/e/i)[0]);
    if (decimal.test(text) && value >= least && value <= most && !vanishes) return value;
    throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`);
  };

/** Parses a share from 0 up to but below 1. Throws an InvalidArgumentError. */
export function share(text: string): number {
  const value = numberFrom(0)(text);
  if (value < 1) return value;
  throw new InvalidArgumentError('Expected a share from 0 up to but below 1.');
}

/** The bytes of a size such as 4GB; NaN for a text that is none, or for more than any machine has. */
function bytesOf(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([KMG])B$/.exec(text) ?? [];
  const bytes = Number(amount) * { K: 1e3, M: 1e6, G: 1e9 }[unit as 'K' | 'M' | 'G'];
  return bytes > 0 && bytes <= 1e15 ? bytes : Number.NaN;
}

/** Parses a size such as 4GB, in bytes. Throws an InvalidArgumentError. */
export function byteSize(text: string): number {
  const bytes = bytesOf(text);
  if (!Number.isNaN(bytes)) return bytes;
  throw new InvalidArgumentError('Expected a size such as 500MB or 4GB.');
}

/** Parses `8`, so many states, or `1GB`, those that fit. Throws an InvalidArgumentError. */
export function checkpoints(text: string): Checkpoints {
  const bytes = bytesOf(text);
  if (!Number.isNaN(bytes)) return { bytes };
  const states = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && Number.isSafeInteger(states) && states >= 1) return states;
  throw new InvalidArgumentError('Expected a number of states from 1, or a size such as 1GB.');
}
