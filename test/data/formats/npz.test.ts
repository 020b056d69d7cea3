/** @file SciPy's sparse .npz: round trips, other number types, and files that are wrong. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { npyOf, readNpy, writeNpy } from '../../../src/data/formats/npy.ts';
import { fromPairs, readNpz, synthetic, writeNpz } from '../../../src/data/index.ts';
import { failure, temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder();
const bytes = (x: ArrayBufferView): Uint8Array => new Uint8Array(x.buffer as ArrayBuffer);
const text = (x: string): Uint8Array => new TextEncoder().encode(x);

/** The members of a 2 x 3 matrix with unsorted columns and a duplicate, as SciPy may hold it. */
const members = {
  'indptr.npy': writeNpy('<i8', [3], bytes(BigInt64Array.from([0n, 3n, 4n]))),
  'indices.npy': writeNpy('<i4', [4], bytes(Int32Array.from([2, 0, 2, 1]))),
  'data.npy': writeNpy('<f4', [4], bytes(Float32Array.from([1, 2, 3, 4]))),
  'shape.npy': writeNpy('<i8', [2], bytes(BigInt64Array.from([2n, 3n]))),
  'format.npy': writeNpy('<U3', [], bytes(Uint32Array.from(text('csr')))),
};

function save(name: string, changes: Record<string, Uint8Array>): string {
  const path = join(folder, name);
  writeFileSync(path, zipSync({ ...members, ...changes }));
  return path;
}

test('a matrix comes back as it was written, one without entries too', async () => {
  for (const matrix of [synthetic({ seed: 1 }).fakes, fromPairs([], 2, 3)]) {
    const path = join(folder, 'matrix.npz');
    await writeNpz(path, matrix);
    assert.equal(await readNpz(path), matrix);
  }
});

test('sorts columns and sums duplicates, and reads 64-bit indices, f32 and wide text', async () => {
  const matrix = await readNpz(save('scipy.npz', {}));
  assert.equal([...matrix.indices], [0, 2, 1]);
  assert.equal([...matrix.values], [2, 4, 4]);
  assert.equal([...matrix.indptr], [0, 2, 3]);
});

test('a zero that SciPy holds is no entry, and unsigned numbers are read', async () => {
  const data = writeNpy('<u8', [4], bytes(BigUint64Array.of(1n, 0n, 2n, 4n)));
  const matrix = await readNpz(save('zero.npz', { 'data.npy': data }));
  assert.equal([...matrix.indices], [2, 1]);
  assert.equal([...matrix.values], [3, 4]);
});

test('the header of an array is laid out as NumPy documents it', () => {
  const array = writeNpy('<f8', [2], bytes(Float64Array.from([1.5, -2])));
  assert.equal([...array.subarray(0, 8)], [0x93, ...text('NUMPY'), 1, 0]);
  const length = array[8] + 256 * array[9];
  assert.is((10 + length) % 64, 0);
  const header = new TextDecoder().decode(array.subarray(10, 10 + length));
  assert.match(header, /^\{'descr': '<f8', 'fortran_order': False, 'shape': \(2,\), \} *\n$/);
  assert.equal(readNpy('x', array).data, Float64Array.from([1.5, -2]));
});

test('arrays keep their type where there is one for it, and others become float64', () => {
  for (const data of [
    Float32Array.of(1.5, 0.1),
    Float64Array.of(0.1, Number.NEGATIVE_INFINITY),
    Int32Array.of(-1, 2 ** 31 - 1),
  ]) {
    assert.equal(readNpy('x', npyOf({ shape: [2], data })), { shape: [2], data });
  }
  const shorts = writeNpy('<i2', [2], bytes(Int16Array.of(-3, 4)));
  assert.equal(readNpy('x', shorts).data, Float64Array.of(-3, 4));
});

test('a text comes back, a long one and one beyond ASCII too', () => {
  for (const data of ['csr', 'Ä ∂ 🎬', 'x'.repeat(1_000_000)]) {
    assert.equal(readNpy('x', npyOf({ shape: [], data })), { shape: [], data });
  }
  const wide = Uint32Array.from([...'∂🎬'], (character) => character.codePointAt(0) ?? 0);
  assert.is(readNpy('x', writeNpy('<U3', [], bytes(Uint32Array.of(...wide, 0)))).data, '∂🎬');
  assert.throws(() => readNpy('x', writeNpy('|S9', [], text('short'))), /x: ends early/);
});

test('an array with its columns first is refused, not read in a wrong order', () => {
  const array = writeNpy('<f8', [2, 2], bytes(Float64Array.of(1, 2, 3, 4)));
  const header = new TextDecoder('latin1').decode(array);
  const fortran = Uint8Array.from(header.replace('False,', 'True, '), (c) => c.charCodeAt(0));
  assert.throws(() => readNpy('file: x', fortran), /file: x: its columns come first/);
});

test('files that are wrong are errors that name the file and the member', async () => {
  const cases: [Record<string, Uint8Array>, RegExp][] = [
    [{ 'format.npy': writeNpy('|S3', [], text('csc')) }, /expected format csr, got csc/],
    [{ 'shape.npy': writeNpy('<i8', [2], bytes(BigInt64Array.from([2n, 2n]))) }, /column 2 is out/],
    [{ 'indptr.npy': writeNpy('<i4', [2], bytes(Int32Array.from([0, 4]))) }, /indptr does not fit/],
    [{ 'data.npy': writeNpy('<f8', [1], bytes(Float64Array.of(1))) }, /data: expected 4 numbers/],
    [{ 'data.npy': writeNpy('<f8', [4], bytes(Float64Array.of(1, NaN, 1, 1))) }, /finite.*NaN/],
    [{ 'indices.npy': writeNpy('<f8', [4], bytes(Float64Array.of(0, 0.5, 1, 1))) }, /column 0\.5/],
    [{ 'indptr.npy': writeNpy('<i4', [3], bytes(Int32Array.of(1, 3, 4))) }, /indptr does not fit/],
    [{ 'shape.npy': writeNpy('<i8', [2], bytes(BigInt64Array.of(2n, -1n))) }, /shape: expected/],
    [{ 'data.npy': text('no array at all') }, /data: not a NumPy array/],
    [{ 'data.npy': writeNpy('>f8', [4], new Uint8Array(32)) }, /type >f8 are not read/],
  ];
  for (const [i, [changes, expected]] of cases.entries()) {
    const error = await failure(readNpz(save(`bad${i}.npz`, changes)));
    assert.match(error.message, expected);
    assert.match(error.message, `bad${i}.npz`);
  }
  const path = join(folder, 'text.npz');
  writeFileSync(path, 'no zip');
  assert.match((await failure(readNpz(path))).message, /text\.npz: not an \.npz file/);
});

/** A zip whose members are as given, with a byte changed by `change`. */
function spoilt(name: string, change: (bytes: Uint8Array, view: DataView) => void): string {
  const zip = zipSync(members, { level: 0 });
  change(zip, new DataView(zip.buffer));
  const path = join(folder, name);
  writeFileSync(path, zip);
  return path;
}

/** Where the directory of a zip begins. */
const directoryOf = (view: DataView) => view.getUint32(view.byteLength - 6, true);

test('the checksum of each member is compared, and only members asked for are unpacked', async () => {
  const at = (view: DataView) => 30 + view.getUint16(26, true) + view.getUint16(28, true);
  const flipped = spoilt('crc.npz', (bytes, view) => {
    bytes[at(view) + members['indptr.npy'].length - 8] ^= 1;
  });
  assert.match((await failure(readNpz(flipped))).message, /indptr\.npy: .*checksum \(CRC-32\)/);
  const bomb = save('bomb.npz', { 'bomb.npy': new Uint8Array(2 ** 27) });
  assert.is((await readNpz(bomb)).rows, 2);
});

test('what a directory or a header claims is refused before it is made', async () => {
  const size = (value: number) => (_: Uint8Array, view: DataView) =>
    view.setUint32(directoryOf(view) + 24, value, true);
  const claims: [string, RegExp][] = [
    [spoilt('big.npz', size(0xfffffffe)), /indptr\.npy: it unpacks to 4294967294 bytes/],
    [spoilt('small.npz', size(5)), /indptr: ends early/],
    [save('text.npz', { 'format.npy': header('|S100000000', '()') }), /format: ends early/],
    [save('long.npz', { 'data.npy': header('<f8', '(1000000000000,)') }), /data: ends early/],
    [save('product.npz', { 'data.npy': header('<f8', '(99999999, 99999999, 99999999)') }), /ends/],
    [
      save('minus.npz', { 'data.npy': header('<f8', '(-1,)') }),
      /lacks a type, an order or a shape/,
    ],
    [save('proto.npz', { 'data.npy': header('<constructor', '(1,)') }), /constructor are not read/],
    [save('zeros.npz', { 'data.npy': zeros(2 ** 24) }), /data: expected 4 numbers, got 16777216/],
    [
      save('rows.npz', { 'shape.npy': sizes(2n ** 31n - 1n, 3n) }),
      /indptr does not fit 2147483647/,
    ],
    [save('flat.npz', { 'data.npy': writeNpy('<f8', [2, 2], new Uint8Array(32)) }), /a list of/],
    [save('wide.npz', { 'indices.npy': sizes(2n ** 60n, 1n, 1n, 1n) }), /beyond 2\^53/],
  ];
  for (const [path, expected] of claims) {
    const started = process.memoryUsage().arrayBuffers;
    assert.match((await failure(readNpz(path))).message, expected);
    assert.ok(process.memoryUsage().arrayBuffers - started < 2 ** 27);
  }
});

const sizes = (...list: bigint[]) =>
  writeNpy('<i8', [list.length], bytes(BigInt64Array.from(list)));
const zeros = (length: number) => writeNpy('<f8', [length], new Uint8Array(8 * length));

/** The head of a file that claims a type and a shape, and four numbers. */
function header(dtype: string, shape: string): Uint8Array {
  const line = `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117);
  return Uint8Array.of(
    0x93,
    ...text('NUMPY'),
    1,
    0,
    118,
    0,
    ...text(`${line}\n`),
    ...bytes(new Float64Array(4)),
  );
}

test('duplicates of booleans are true once, as SciPy has it', async () => {
  const data = writeNpy('|b1', [4], Uint8Array.of(1, 1, 1, 1));
  assert.equal([...(await readNpz(save('bool.npz', { 'data.npy': data }))).values], [1, 1, 1]);
});

test.run();
