/** @file Zip archives: a directory of members, each unpacked only when it is asked for. */

import { constants, inflateRawSync } from 'node:zlib';
import { UserError } from '../../errors.ts';
import { crc32 } from './crc32.ts';

/** The most bytes that a member may unpack to. */
const memberLimit = 2 ** 31 - 1;

/** A file in an archive. */
export interface ZipMember {
  /** The bytes that the member unpacks to, as the directory says. */
  readonly size: number;
  /** Its first bytes, `count` of them or more, or all. Their checksum is not checked. */
  head(count: number): Uint8Array;
  /** All its bytes, of the size and the checksum that the directory says. */
  unpack(): Uint8Array;
}

/** What the directory says about a member. */
interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

const signatures = { member: 0x04034b50, entry: 0x02014b50, end: 0x06054b50 };

/**
 * The members of a zip archive by name. Throws a UserError that begins with `where` if its directory
 * is damaged; so do the members, which name themselves, if they are.
 */
export function readZip(where: string, bytes: Uint8Array): Map<string, ZipMember> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members = new Map<string, ZipMember>();
  for (const entry of directory(where, view, bytes)) {
    if (members.has(entry.name)) {
      throw new UserError(`${where}: two members are named ${entry.name}`);
    }
    members.set(entry.name, memberOf(`${where}: ${entry.name}`, view, bytes, entry));
  }
  return members;
}

/** The entries of the directory at the end of an archive (APPNOTE.TXT, 4.3.12 and 4.3.16). */
function directory(where: string, view: DataView, bytes: Uint8Array): Entry[] {
  const end = findEnd(view);
  if (end < 0) throw new UserError(`${where} (it has no directory of its members)`);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== signatures.entry) {
      throw new UserError(`${where} (its directory of members is damaged)`);
    }
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const next = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) throw new UserError(`${where} (its directory of members is damaged)`);
    entries.push({
      name: new TextDecoder().decode(bytes.subarray(at + 46, nameEnd)),
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      checksum: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    });
    at = next;
  }
  if (at !== end) throw new UserError(`${where} (its directory of members is damaged)`);
  return entries;
}

/** Where the record at the end of an archive begins, before a comment; -1 if there is none. */
function findEnd(view: DataView): number {
  const last = view.byteLength - 22;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    const comment = last - at;
    if (view.getUint32(at, true) !== signatures.end) continue;
    if (view.getUint16(at + 20, true) === comment) return at;
  }
  return -1;
}

function memberOf(where: string, view: DataView, bytes: Uint8Array, entry: Entry): ZipMember {
  const { size, method } = entry;
  const fail = (reason: string): never => {
    throw new UserError(`${where}: ${reason}`);
  };
  const packed = (): Uint8Array => {
    if (entry.flags & 1) fail('it is encrypted');
    if (method !== 0 && method !== 8) fail(`it is compressed by method ${method}, not by deflate`);
    if (size > memberLimit) fail(`it unpacks to ${size} bytes, the limit is ${memberLimit}`);
    const body = bodyOf(view, bytes, entry);
    return body ?? fail('the archive is damaged: there is no such member where it should be');
  };
  return {
    size,
    head: (count) => {
      const body = packed();
      if (method === 0) return body.subarray(0, count);
      // Deflate shrinks by 1032 at most, so that these bytes give no more than a megabyte or so.
      const start = body.subarray(0, count + 1024);
      return inflate(start, fail, constants.Z_SYNC_FLUSH, 2 ** 26);
    },
    unpack: () => {
      const body = packed();
      const whole = method === 0 ? body : inflate(body, fail, constants.Z_FINISH, size + 1);
      if (whole.length !== size) fail(`it unpacks to another size than ${size} bytes`);
      if (crc32(whole) !== entry.checksum) fail('it is damaged: its checksum (CRC-32) differs');
      return whole;
    },
  };
}

/** The packed bytes of a member, behind its own header (4.3.7), if that is there. */
function bodyOf(view: DataView, bytes: Uint8Array, entry: Entry): Uint8Array | undefined {
  const { offset, name, packed } = entry;
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== signatures.member) return;
  const nameEnd = offset + 30 + view.getUint16(offset + 26, true);
  const start = nameEnd + view.getUint16(offset + 28, true);
  const ownName = new TextDecoder().decode(bytes.subarray(offset + 30, nameEnd));
  if (ownName !== name || start + packed > bytes.length) return;
  return bytes.subarray(start, start + packed);
}

function inflate(
  packed: Uint8Array,
  fail: (reason: string) => never,
  finishFlush: number,
  limit: number,
): Uint8Array {
  try {
    return inflateRawSync(packed, { finishFlush, maxOutputLength: Math.min(limit, memberLimit) });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') return fail('it unpacks to more bytes than it says');
    return fail(`it is damaged (${message})`);
  }
}
