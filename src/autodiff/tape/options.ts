/** @file Options and functions that users hand in: a name that nobody reads is an error. */

import { showValue } from './show-value.ts';

/** What an option is by its name, whoever takes it: of `'no'` for a flag JavaScript makes a yes. */
const flags = [
  'keepDims',
  'transposeA',
  'transposeB',
  'nesterov',
  'centered',
  'relaxed',
  'again',
  'retrain',
];

/** What an option of this name must be, in words, where a value is something else. */
function expected(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (flags.includes(name)) return typeof value === 'boolean' ? undefined : 'true or false';
  if (name === 'tolerance') {
    return typeof value === 'number' && value >= 0 ? undefined : 'a number from 0';
  }
  if (name === 'seed') return Number.isSafeInteger(value) ? undefined : 'a whole number';
  if (/^on[A-Z]/.test(name)) return typeof value === 'function' ? undefined : 'a function';
  if (name !== 'signal' || value === null) return undefined;
  const { throwIfAborted } = value as Partial<AbortSignal>;
  return typeof throwIfAborted === 'function' ? undefined : 'an AbortSignal';
}

/**
 * Throws a TypeError that names `what` unless `options` is an object whose names are all in
 * `known`, and whose flags, tolerances, seeds, functions and signals are such; a name that is not known gets the
 * nearest that is.
 */
export function expectOptions(what: string, options: object, known: readonly string[]): void {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError(
      `${what}: expected options such as { ${known[0]}: … }, got ${showValue(given)}`,
    );
  }
  for (const name in given) {
    if (!known.includes(name)) throw unknownOption(what, name, known);
    const value = (given as Record<string, unknown>)[name];
    const kind = expected(name, value);
    if (kind) throw new TypeError(`${what}: ${name}: expected ${kind}, got ${showValue(value)}`);
  }
}

/** Throws a TypeError that names `what`, which takes nothing, where it is given something. */
export function expectNothing(what: string, given: readonly unknown[]): void {
  const something = given.find((value) => value !== undefined);
  if (something === undefined) return;
  throw new TypeError(`${what}: expected no options, got ${showValue(something)}`);
}

/** Throws a TypeError that names `what` unless `fn` is a function. */
export function expectFunction(what: string, fn: unknown): void {
  if (typeof fn !== 'function') {
    throw new TypeError(`${what}: expected a function, got ${showValue(fn)}`);
  }
}

/**
 * Throws a TypeError that names `what` where a field of an object that may have others is misspelt:
 * it is almost one of `optional`, which is missing; and where there is no object.
 */
export function expectSpelling(what: string, given: object, optional: readonly string[]): void {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`${what}: expected an object, got ${showValue(given)}`);
  }
  const missing = optional.filter((name) => !(name in given));
  if (missing.length === 0) return;
  for (const name in given) {
    const meant = optional.includes(name) ? undefined : closest(name, missing);
    // Two edits from a short name are other words: a path, a match.
    if (meant && (meant.edits <= 1 || name.startsWith(meant.option))) {
      throw new TypeError(`${what}: unknown field ${name}; did you mean ${meant.option}?`);
    }
  }
}

function unknownOption(what: string, name: string, known: readonly string[]): TypeError {
  const meant = nearest(name, known);
  const all =
    known.length > 1 || !meant
      ? ` There ${known.length > 1 ? 'are' : 'is'} ${known.join(', ')}.`
      : '';
  const mend = meant ? `; did you mean ${meant}?` : '.';
  return new TypeError(`${what}: unknown option ${name}${mend}${all}`);
}

/** The known name that takes the fewest edits, or that abbreviates to `name`. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  const initials = known.find((option) => initialsOf(option) === lower);
  if (initials) return initials;
  const best = closest(name, known);
  const abbreviated = known.find((option) => option.toLowerCase().startsWith(lower));
  if (best.edits <= Math.max(1, Math.floor(best.option.length / 3))) return best.option;
  return abbreviated;
}

function closest(name: string, known: readonly string[]) {
  const [best] = known
    .map((option) => ({ option, edits: editDistance(name.toLowerCase(), option.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return best;
}

/** `lr` of `learningRate`. */
const initialsOf = (option: string): string => option.replace(/(?<!^)[a-z]/g, '').toLowerCase();

/** Insertions, deletions and replacements of letters (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
