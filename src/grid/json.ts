/** @file Canonical JSON, and the digests that are made of it. */

import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';

/** A value that JSON writes and reads without a change. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** An object of such values. */
export type JsonObject = { readonly [key: string]: Json };

/**
 * The canonical JSON of a value, by the JSON Canonicalization Scheme (RFC 8785): no spaces, the
 * keys of objects in the order of their UTF-16 code units, numbers in the shortest form that reads
 * as the same float64 (-0 is written 0). Throws a UserError that names the place of anything that
 * JSON would drop or change: NaN and infinities, undefined, functions, typed arrays, dates, holes.
 * `name` is what errors call the value.
 */
export function canonicalJson(value: unknown, name = 'value'): string {
  return write(value, name, []);
}

function write(value: unknown, path: string, parents: readonly object[]): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return JSON.stringify(value);
    throw new UserError(`${path} is ${value}, which JSON cannot hold: write null or a string`);
  }
  if (typeof value !== 'object') refuse(path, typeof value);
  if (parents.includes(value)) throw new UserError(`${path} contains itself: JSON is a tree`);
  const open = [...parents, value];
  if (Array.isArray(value)) {
    // Array.from visits holes too, as undefined, which is refused.
    return `[${Array.from(value, (entry, i) => write(entry, `${path}[${i}]`, open)).join(',')}]`;
  }
  if (!isPlain(value)) refuse(path, value.constructor?.name ?? 'an object with a prototype');
  // Not through another object: that would put keys such as '10' first, whatever their order.
  const fields = Object.keys(value)
    .sort()
    .map((key) => {
      // Readers of JSON take this key for the prototype, or drop it.
      if (key === '__proto__') throw new UserError(`${path} has a key __proto__: choose another`);
      const field = (value as Record<string, unknown>)[key];
      return `${JSON.stringify(key)}:${write(field, `${path}.${key}`, open)}`;
    });
  return `{${fields.join(',')}}`;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function refuse(path: string, what: string): never {
  throw new UserError(
    `${path} is ${what}, which JSON cannot hold: write numbers, strings, booleans, null, arrays ` +
      'and plain objects of these',
  );
}

/** The SHA-256 of bytes, or of a text as UTF-8, in 64 hexadecimal digits. */
export const digestOf = (contents: string | Uint8Array): string =>
  createHash('sha256').update(contents).digest('hex');

/** The SHA-256 of a value's canonical JSON, in 64 hexadecimal digits. */
export const digestOfJson = (value: unknown, name?: string): string =>
  digestOf(canonicalJson(value, name));

/** A copy of a value as it is after writing and reading it, which nobody can change. */
export const frozenJson = (value: unknown, name?: string): Json =>
  JSON.parse(canonicalJson(value, name), (_key, part) => Object.freeze(part));
