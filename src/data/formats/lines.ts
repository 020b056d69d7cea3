/** @file The lines of text files, read in blocks of whole lines. */

import { isAscii, isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../errors.ts';
import { fileError } from '../../files.ts';

/** The most bytes that a line may have. */
export const lineLimit = 2 ** 24;

const lineFeed = 10;
// Strings of a mebibyte and more lie outside of the heap, where single characters are slow to read.
const pieceSize = 2 ** 18;

/** Whole lines of a file. */
export interface LineBlock {
  readonly text: string;
  /** The number of the first line, from 1. */
  readonly line: number;
}

/**
 * The lines of a text file, plain or `.gz`, in blocks; a mark of the byte order before the first is
 * left out. Takes time and memory linear in the file and in the longest line. Throws a UserError
 * that names the file, and the line that is no UTF-8, holds a zero byte or is longer than 2^24
 * bytes.
 */
export async function* readBlocks(path: string): AsyncGenerator<LineBlock> {
  let line = 1;
  let rest: Uint8Array[] = [];
  let restSize = 0;
  const take = (last: Uint8Array): LineBlock => {
    const bytes = Buffer.concat([...rest, last]);
    const block = { text: decode(path, bytes, line), line };
    line += countLines(bytes);
    return block.line === 1 ? { ...block, text: block.text.replace(/^\uFEFF/, '') } : block;
  };
  for await (const chunk of readChunks(path)) {
    const first = chunk.indexOf(lineFeed);
    if (restSize + (first < 0 ? chunk.length : first) > lineLimit) {
      throw new UserError(
        `${path} line ${line}: longer than ${lineLimit} bytes: is it a text file of one record a line?`,
      );
    }
    const end = chunk.lastIndexOf(lineFeed) + 1;
    if (end > 0) {
      yield take(chunk.subarray(0, end));
      rest = [];
      restSize = 0;
    }
    if (end < chunk.length) rest.push(chunk.subarray(end));
    restSize += chunk.length - end;
  }
  if (restSize > 0) yield take(new Uint8Array());
}

/** The bytes of a file, unpacked if it is `.gz`. */
async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: pieceSize });
  // `pipeline` passes the errors of the file on to the stream that is read.
  const stream = path.endsWith('.gz')
    ? pipeline(file, createGunzip({ chunkSize: pieceSize }), () => {})
    : file;
  try {
    for await (const chunk of stream) yield chunk;
  } catch (error) {
    throw fileError('read', path, error);
  } finally {
    file.destroy();
  }
}

/** The text of whole lines, the first of which has the number `line`. */
function decode(path: string, bytes: Buffer, line: number): string {
  if (bytes.includes(0)) {
    const at = line + countLines(bytes.subarray(0, bytes.indexOf(0)));
    throw new UserError(`${path} line ${at}: holds a zero byte: save the file as text in UTF-8`);
  }
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  let start = 0;
  for (let at = line; ; at++) {
    const end = bytes.indexOf(lineFeed, start) + 1 || bytes.length;
    if (!isUtf8(bytes.subarray(start, end))) {
      throw new UserError(`${path} line ${at}: the text is not UTF-8: save the file as UTF-8`);
    }
    start = end;
  }
}

function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === lineFeed) count++;
  return count;
}

/** The first lines of a file, at most `count`, without their ends. Throws as `readBlocks` does. */
export async function firstLines(path: string, count: number): Promise<string[]> {
  for await (const { text } of readBlocks(path)) return text.split(/\r?\n/, count);
  return [];
}

/** A line as errors show it: quoted, and cut where it is long. */
export const quoted = (line: string): string =>
  JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);
