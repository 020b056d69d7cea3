/** @file The lines of text files, read in pieces. */

import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../errors.ts';
import { fileError } from '../files.ts';

/**
 * The lines of a text file, plain or `.gz`, each with its number from 1. Throws a UserError that
 * names the file.
 */
export async function* readLines(path: string): AsyncGenerator<[line: string, number: number]> {
  const file = createReadStream(path);
  // `pipeline` passes the errors of the file on to the stream that is read.
  const stream = path.endsWith('.gz') ? pipeline(file, createGunzip(), () => {}) : file;
  stream.setEncoding('utf8');
  let rest = '';
  let number = 0;
  try {
    for await (const chunk of stream) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() as string;
      for (const line of lines) yield [line, ++number];
    }
  } catch (error) {
    throw error instanceof UserError ? error : fileError('read', path, error);
  }
  if (rest !== '') yield [rest, ++number];
}

/** A line as errors show it: quoted, and cut where it is long. */
export const quoted = (line: string): string =>
  JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);
