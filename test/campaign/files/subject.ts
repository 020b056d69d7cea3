/** @file A file that is mutated, with the reader that must refuse it or read it right. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileKind } from './mutation.ts';

/** A file, and what reads it. */
export interface Subject {
  readonly name: string;
  readonly kind: FileKind;
  readonly path: string;
  readonly bytes: Uint8Array;
  /** What errors must name: the file, or the folder where a file beside it may be at fault. */
  readonly named: string;
  /** Reads the file as it lies there; the result as text. */
  read(): Promise<string>;
  /** The right result for other bytes; by default that of the whole file, or a refusal. */
  right?(bytes: Uint8Array): string | undefined | 'open';
}

/** A result as text, without the times that it took. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (key, each) => (/seconds/i.test(key) ? 0 : each));

/** The bytes of a file. Slices of a Buffer would be views of it, through which mutations add up. */
export const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(path));

/** The files of a folder, each read by what reads the folder, which finds all others whole. */
export function folderSubjects(
  name: string,
  home: string,
  kinds: Readonly<Record<string, FileKind>>,
  read: () => Promise<string>,
): Subject[] {
  const whole = new Map(readdirSync(home).map((file) => [file, bytesOf(join(home, file))]));
  return [...whole]
    .filter(([file]) => file in kinds)
    .map(([file, bytes]) => ({
      name: `${name} ${file}`,
      kind: kinds[file],
      path: join(home, file),
      bytes,
      named: home,
      read: async () => {
        // A command that goes on with a folder writes to it.
        const mutated = readFileSync(join(home, file));
        for (const [each, contents] of whole) writeFileSync(join(home, each), contents);
        writeFileSync(join(home, file), mutated);
        return read();
      },
    }));
}
