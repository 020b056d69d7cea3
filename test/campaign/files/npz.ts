/** @file Mutations of .npz files that are whole: other headers, numbers and members. */

import { unzipSync, zipSync } from 'fflate';
import { mutateJsonText } from './json.ts';
import type { Mutant, Step } from './mutation.ts';

type Members = Record<string, Uint8Array>;

/** An edit of one member. Returns what was done, and whether the file may mean something else now. */
type Edit = (members: Members, name: string, step: Step) => { how: string; other: boolean };

const shapes = [
  ...['()', '(0,)', '(1,)', '(2, 2)', '(-1,)', '(-5, -1000000000)', '(2.5,)', '(abc,)', '(3L,)'],
  ...['(1000000000000,)', '(1e300,)', '(4294967296, 4294967296)', '(1, 1, 1, 1, 1, 1, 1, 1)', '('],
];

const types = [
  ...['<f8', '>f8', '<f4', '<f2', '<i4', '<i8', '|i1', '|u1', '<u8', '|b1', '<c16', '|O', '<M8[s]'],
  ...['|S3', '|S0', '|S100000000', '|S1000000000000', '<U3', '<U1000000000', '<constructor', '|V8'],
  ...['', '<__proto__', '<toString', "<f8', 'descr': '<i4"],
];

const numbers = [Number.NaN, Infinity, -Infinity, -1, 0.5, 1e308, 2 ** 31, 2 ** 53, -0, 7, 0, 1];

const headerEnd = (bytes: Uint8Array): number => 10 + bytes[8] + 256 * bytes[9];

function withHeader(bytes: Uint8Array, edit: (header: string) => string): Uint8Array {
  const end = headerEnd(bytes);
  const header = new TextEncoder().encode(edit(new TextDecoder().decode(bytes.subarray(10, end))));
  const result = new Uint8Array(10 + header.length + bytes.length - end);
  result.set(bytes.subarray(0, 8));
  result.set([header.length & 255, header.length >> 8], 8);
  result.set(header, 10);
  result.set(bytes.subarray(end), 10 + header.length);
  return result;
}

/** Writes a number over one of those of a member, by the type that its header names. */
function setNumber(bytes: Uint8Array, a: number, value: number): Uint8Array {
  const result = bytes.slice();
  const view = new DataView(result.buffer);
  const start = headerEnd(result);
  const dtype = /'descr': '(.*?)'/.exec(new TextDecoder().decode(result.subarray(0, start)))?.[1];
  const size = Number(dtype?.replace(/\D/g, '')) || 1;
  const count = Math.floor((result.length - start) / size);
  if (count === 0) return result;
  const offset = start + size * (a % count);
  const whole = Number.isFinite(value) ? BigInt(Math.trunc(value)) : 2n ** 63n - 1n;
  if (dtype === '<f8') view.setFloat64(offset, value, true);
  else if (dtype === '<f4') view.setFloat32(offset, value, true);
  else if (dtype === '<i8') view.setBigInt64(offset, whole, true);
  else if (dtype === '<i4') view.setInt32(offset, value, true);
  else view.setUint8(offset, value & 255);
  return result;
}

const edits: readonly Edit[] = [
  (members, name, { value }) => {
    const shape = shapes[value % shapes.length];
    members[name] = withHeader(members[name], (header) => header.replace(/\(.*?\)/, shape));
    return { how: `shape ${shape}`, other: true };
  },
  (members, name, { value }) => {
    const type = types[value % types.length];
    members[name] = withHeader(members[name], (header) =>
      header.replace(/'descr': '.*?'/, `'descr': '${type}'`),
    );
    return { how: `type ${type}`, other: true };
  },
  (members, name) => {
    members[name] = withHeader(members[name], (header) => header.replace('False', 'True'));
    return { how: 'columns first', other: true };
  },
  (members, name, { a, value }) => {
    const number = numbers[value % numbers.length];
    members[name] = setNumber(members[name], a, number);
    return { how: `a number set to ${number}`, other: true };
  },
  (members, name, { a, b }) => {
    const bytes = members[name];
    const start = headerEnd(bytes);
    const body = bytes.subarray(start);
    if (body.length < 16) return { how: 'nothing', other: false };
    const [i, j] = [a, b].map((n) => 8 * (n % (body.length >> 3)));
    const result = bytes.slice();
    result.set(body.subarray(i, i + 8), start + j);
    result.set(body.subarray(j, j + 8), start + i);
    members[name] = result;
    return { how: 'numbers swapped', other: true };
  },
  (members, name) => {
    delete members[name];
    return { how: 'taken out', other: false };
  },
  (members, name) => {
    members[`x${name}`] = members[name];
    return { how: 'put in under another name too', other: false };
  },
  (members, name) => {
    members[`x${name}`] = members[name];
    delete members[name];
    return { how: 'under another name', other: false };
  },
  (members, name, { a }) => {
    const bytes = members[name];
    members[name] = bytes.slice(0, a % bytes.length);
    return { how: `cut to ${a % bytes.length} bytes`, other: true };
  },
  (members, name, { a }) => {
    const longer = new Uint8Array(members[name].length + 1 + (a % 100));
    longer.set(members[name]);
    members[name] = longer;
    return { how: 'zeros put behind', other: true };
  },
  (members, name, { a, value }) => {
    const result = members[name].slice();
    result[a % Math.min(result.length, 90)] = value % 256;
    members[name] = result;
    return { how: 'a byte of its header set', other: true };
  },
  (members) => {
    members['../../evil.npy'] = Uint8Array.of(1, 2, 3);
    members.__proto__x = Uint8Array.of(1);
    return { how: 'members put in that nobody asked for', other: false };
  },
  ...Array.from({ length: 3 }, () => editMeta),
];

/** Text as an .npy member. */
function textMember(text: string): Uint8Array {
  const body = new TextEncoder().encode(text);
  const header = `{'descr': '|S${body.length}', 'fortran_order': False, 'shape': (), }`;
  const padded = new TextEncoder().encode(`${header.padEnd(117)}\n`);
  return Uint8Array.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0, ...padded, ...body]);
}

/** Edits the description of a model or a state, which is JSON. */
function editMeta(members: Members, _name: string, step: Step): { how: string; other: boolean } {
  const meta = members['meta.npy'];
  if (!meta) return { how: 'nothing', other: false };
  const text = new TextDecoder().decode(meta.subarray(headerEnd(meta)));
  const mutated = mutateJsonText(text, [step]);
  members['meta.npy'] = textMember(mutated.text);
  return { how: `meta: ${mutated.how}`, other: true };
}

/** Mutates the members of an .npz; the checksums are right. */
export function mutateNpz(bytes: Uint8Array, drawn: readonly Step[]): Mutant {
  const members: Members = { ...unzipSync(bytes) };
  let other = false;
  const how = drawn.map((step) => {
    // An edit before may have cut a member off within its header.
    const names = Object.keys(members).filter(
      (name) => members[name].length > 12 && members[name].length >= headerEnd(members[name]),
    );
    if (names.length === 0) return 'nothing';
    const name = names[step.b % names.length];
    const done = edits[step.op % edits.length](members, name, step);
    other ||= done.other;
    return `${name}: ${done.how}`;
  });
  const level = ((drawn[0].b % 2) * 6) as 0 | 6;
  return { bytes: zipSync(members, { level, mtime: '1980-01-01' }), how: how.join('; '), other };
}
