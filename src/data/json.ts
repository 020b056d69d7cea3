/** @file JSON that was read from a file: parsed, and checked by a schema. */

import type { z } from 'zod';
import { UserError } from '../errors.ts';

/** The deepest nesting of any file that is read is far below this. */
const deepest = 64;

/**
 * Throws a UserError that begins with `where` for JSON nested so deep that walking through it would
 * overflow the stack.
 */
export function expectShallow(where: string, text: string): void {
  if (nesting(text) > deepest) throw new UserError(`${where}: nested more than ${deepest} deep`);
}

/** Parses JSON. Throws a UserError that begins with `where`. */
export function parseJson(where: string, text: string): unknown {
  expectShallow(where, text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${where}: not JSON: ${(error as Error).message.replaceAll('\n', ' ')}`);
  }
}

function nesting(text: string): number {
  let [depth, most, inString] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (inString) {
      if (letter === '\\') i++;
      else inString = letter !== '"';
    } else if (letter === '"') inString = true;
    else if (letter === '[' || letter === '{') most = Math.max(most, ++depth);
    else if (letter === ']' || letter === '}') depth--;
  }
  return most;
}

/** JSON as a schema describes it. Throws a UserError that begins with `where` and names the field. */
export function parseAs<T>(where: string, text: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(parseJson(where, text));
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new UserError(`${where}: field ${path.join('.') || '(root)'}: ${message}`);
}
