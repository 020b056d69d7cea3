/** @file Files that are small and say that they are huge, and lines that never end. */

import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import { unzipSync, zipSync } from 'fflate';
import type { FileKind, Mutant } from './mutation.ts';

const mebibyte = 2 ** 20;

/** A gibibyte of zeros, packed: the same blocks over and over. */
const packedZeros = (): Uint8Array => {
  const block = deflateRawSync(Buffer.alloc(16 * mebibyte), {
    finishFlush: constants.Z_FULL_FLUSH,
  });
  // An empty block is the last.
  return Buffer.concat([...Array.from({ length: 64 }, () => block), Uint8Array.of(3, 0)]);
};

/**
 * Puts packed zeros in the place of the last member of a zip, or behind it under another name, and
 * claims that they have `size` bytes.
 */
function withBomb(bytes: Uint8Array, isMore: boolean, size: number): Uint8Array {
  const members = Object.entries(unzipSync(bytes));
  const [lastName] = members[members.length - 1];
  const kept = isMore ? members : members.slice(0, -1);
  const name = isMore ? 'bomb.npy' : lastName;
  // A short member of the same name has its contents and sizes replaced.
  const zip = Buffer.from(
    zipSync({ ...Object.fromEntries(kept), [name]: new Uint8Array(64) }, { mtime: '1980-01-01' }),
  );
  const central = zip.lastIndexOf(Buffer.from('PK\u0001\u0002'));
  const local = zip.readUInt32LE(central + 42);
  const body = local + 30 + zip.readUInt16LE(local + 26);
  const end = zip.lastIndexOf(Buffer.from('PK\u0005\u0006'));
  const start = zip.readUInt32LE(end + 16);
  const bomb = packedZeros();
  const result = Buffer.concat([zip.subarray(0, body), bomb, zip.subarray(start)]);
  const shift = body + bomb.length - start;
  for (const at of [local + 18, central + shift + 20]) result.writeUInt32LE(bomb.length, at);
  for (const at of [local + 22, central + shift + 24]) result.writeUInt32LE(size, at);
  result.writeUInt32LE(start + shift, end + shift + 16);
  return result;
}

const text = (of: string): Uint8Array => new TextEncoder().encode(of);

type Giant = (bytes: Uint8Array) => { readonly bytes: Uint8Array; readonly how: string };

const giants: Readonly<Record<FileKind, readonly Giant[]>> = {
  text: [
    (bytes) => ({
      bytes: Buffer.concat([bytes, text('x'.repeat(40 * mebibyte))]),
      how: 'a line of 40 MB behind',
    }),
    (bytes) => ({
      bytes: Buffer.concat([text(`"${'x'.repeat(40 * mebibyte)}`), bytes]),
      how: 'a quote that is never closed, of 40 MB',
    }),
    () => ({ bytes: new Uint8Array(64 * mebibyte), how: '64 MB of zeros' }),
  ],
  json: [
    () => ({ bytes: text('['.repeat(8 * mebibyte)), how: '8 million brackets' }),
    (bytes) => ({
      bytes: Buffer.concat([bytes, text(' '.repeat(30 * mebibyte))]),
      how: '30 MB of spaces behind',
    }),
  ],
  gzip: [
    (bytes) => {
      const zeros = gzipSync(Buffer.alloc(16 * mebibyte));
      const all = Array.from({ length: 64 }, () => zeros);
      return { bytes: Buffer.concat([bytes, ...all]), how: 'a gibibyte of zeros, packed' };
    },
  ],
  npz: [
    (bytes) => ({ bytes: withBomb(bytes, false, 2 ** 30), how: 'a member of a gibibyte of zeros' }),
    (bytes) => ({ bytes: withBomb(bytes, false, 64), how: 'a gibibyte that claims 64 bytes' }),
    (bytes) => ({ bytes: withBomb(bytes, true, 2 ** 30), how: 'a gibibyte nobody asked for' }),
  ],
};

/** A giant in the place of a file, chosen by number. */
export function giant(kind: FileKind, bytes: Uint8Array, number: number): Mutant {
  const all = giants[kind];
  return { ...all[number % all.length](bytes), other: false };
}
