/** @file JSON that was read from a file: parsed, and checked by a schema. */

import type { z } from 'zod';
import { UserError } from '../errors.ts';

/** The deepest nesting of any file that is read is far below this. */
const deepest = 64;

/**
 * Throws a UserError that begins with `where` for JSON that parsing would take for something else:
 * nested so deep that walking through it would overflow the stack; with a key twice in one object, of
 * which the first value would be lost; or with the key `__proto__`, which readers drop.
 */
export function expectPlain(where: string, text: string): void {
  /** The keys of each object that is open, null for an array. */
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === '"') {
      const end = endOfString(text, i);
      const keys = open.at(-1);
      if (keys && isBeforeColon(text, end)) addKey(where, keys, text.slice(i, end));
      i = end - 1;
    } else if (letter === '{') open.push(new Set());
    else if (letter === '[') open.push(null);
    else if (letter === ']' || letter === '}') open.pop();
    if (open.length > deepest) throw new UserError(`${where}: nested more than ${deepest} deep`);
  }
}

/** Where the string that begins at `start` has ended. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i + 1;
  }
  return text.length;
}

function isBeforeColon(text: string, start: number): boolean {
  let i = start;
  while (' \t\r\n'.includes(text[i] ?? 'end')) i++;
  return text[i] === ':';
}

function addKey(where: string, keys: Set<string>, literal: string): void {
  const key = unescaped(literal);
  if (key === '__proto__') throw new UserError(`${where}: a key __proto__: choose another name`);
  if (keys.size < keys.add(key).size) return;
  const shown = JSON.stringify(key.slice(0, 40));
  throw new UserError(`${where}: the key ${shown} comes twice in one object: keep one of them`);
}

function unescaped(literal: string): string {
  try {
    return literal.includes('\\') ? JSON.parse(literal) : literal.slice(1, -1);
  } catch {
    return literal;
  }
}

/** Parses JSON. Throws a UserError that begins with `where`. */
export function parseJson(where: string, text: string): unknown {
  expectPlain(where, text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${where}: not JSON: ${(error as Error).message.replaceAll('\n', ' ')}`);
  }
}

/** JSON as a schema describes it. Throws a UserError that begins with `where` and names the field. */
export function parseAs<T>(where: string, text: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(parseJson(where, text));
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new UserError(`${where}: field ${path.join('.') || '(root)'}: ${message}`);
}
