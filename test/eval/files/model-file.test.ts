/** @file Trained models in files: round trips of every kind, and files that do not fit. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openDevice } from '../../../src/autodiff/index.ts';
import { readNpy } from '../../../src/data/formats/npy.ts';
import { npyOf, type SparseMatrix, synthetic } from '../../../src/data/index.ts';
import { loadModel, saveModel, trainDigest } from '../../../src/eval/index.ts';
import { modelKind, modelKinds } from '../../../src/models/index.ts';
import { failure, temporaryFolder } from '../../data/temporary.ts';
import { tiny } from '../../models/tiny.ts';

const folder = temporaryFolder();
const { train } = synthetic({ users: 12, fakes: 1, items: 15, seed: 3 }).data;
const everyone = Int32Array.from({ length: train.rows }, (_, user) => user);

async function trainAndSave(name: string, deviceName: string) {
  const device = await openDevice(deviceName, { threads: 1 });
  const kind = modelKind(name);
  const settings = tiny(kind);
  const model = await kind.fit(train, settings, { seed: 5, device });
  const path = join(folder, `${name}-${deviceName}.npz`);
  await saveModel(path, { kind, settings, seed: 5, model }, trainDigest(train));
  return { path, device, settings, model };
}

for (const deviceName of ['reference', 'simd']) {
  for (const { name } of modelKinds) {
    test(`${name} on ${deviceName} comes back from its file with the same bits`, async () => {
      const { path, device, settings, model } = await trainAndSave(name, deviceName);
      const saved = await loadModel(path, train, device);
      assert.is(saved.kind.name, name);
      assert.is(saved.seed, 5);
      assert.equal(saved.settings, settings);
      const [before, after] = [await model.scores(everyone), await saved.model.scores(everyone)];
      assert.is(before.length, train.rows * train.columns);
      before.forEach((score, i) => {
        assert.ok(Object.is(after[i], score), `score ${i}: ${after[i]} is not ${score}`);
      });
    });
  }
}

const headerOf = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes.subarray(10, 100));

test('the members are as numpy.savez writes them: stored, of the type of the device', async () => {
  for (const [deviceName, dtype] of [
    ['reference', '<f8'],
    ['simd', '<f4'],
  ]) {
    const { path } = await trainAndSave('wrmf-sgd', deviceName);
    const members = unzipSync(readFileSync(path), {
      // numpy.savez does not compress.
      filter: ({ compression }) => compression === 0,
    });
    assert.equal(Object.keys(members).sort(), ['items.npy', 'meta.npy', 'users.npy']);
    assert.match(headerOf(members['users.npy']), `'descr': '${dtype}'`);
    assert.match(headerOf(members['users.npy']), "'shape': (12, 4)");
    assert.match(headerOf(members['meta.npy']), /'descr': '\|S\d+'.*'shape': \(\)/);
    const { data } = readNpy('meta', members['meta.npy']);
    const meta = JSON.parse(data as string);
    assert.equal([meta.kind, meta.seed, meta.users, meta.items], ['wrmf-sgd', 5, 12, 15]);
  }
});

test('files that are wrong or do not fit are errors that name the file, the member and the mend', async () => {
  const { path, device } = await trainAndSave('wrmf-sgd', 'reference');
  const whole = readFileSync(path);
  const members = unzipSync(whole);
  const meta = JSON.parse(readNpy('meta', members['meta.npy']).data as string);
  const zipped = (changes: Record<string, Uint8Array>) => zipSync({ ...members, ...changes });
  const withMeta = (changes: object) =>
    zipped({ 'meta.npy': npyOf({ shape: [], data: JSON.stringify({ ...meta, ...changes }) }) });
  const text = npyOf({ shape: [], data: 'no numbers' });
  const { 'meta.npy': _meta, ...withoutMeta } = members;
  const { 'items.npy': _items, ...withoutItems } = members;
  const cases: [Uint8Array, RegExp][] = [
    [whole.subarray(0, whole.length / 2), /cut short .*expected a model as train --out writes it/],
    [zipSync(withoutMeta), /there is no member meta, expected a model/],
    [zipped({ 'meta.npy': text }), /meta: not JSON/],
    [withMeta({ seed: 'five' }), /meta: field seed/],
    [withMeta({ kind: 'svd' }), /meta: model svd is not known; there are wrmf-sgd/],
    [withMeta({ settings: {} }), /settings .* are not those of wrmf-sgd.*train it again/],
    [withMeta({ users: 13 }), /a model of 13 users and 15 items does not fit the 12 users.*load/],
    [zipSync(withoutItems), /array items: expected shape \[15.*got none/],
    [zipped({ 'users.npy': members['items.npy'] }), /array users: expected shape \[12,4\]/],
    [zipped({ 'users.npy': text }), /users: expected numbers, got text/],
    [zipped({ 'users.npy': members['users.npy'].subarray(0, 200) }), /users: ends early/],
  ];
  for (const [i, [bytes, expected]] of cases.entries()) {
    const bad = join(folder, `bad${i}.npz`);
    writeFileSync(bad, bytes);
    const error = await failure(loadModel(bad, train, device));
    assert.is(error.name, 'UserError', error.stack);
    assert.match(error.message, expected);
    assert.match(error.message, `bad${i}.npz`);
  }
  const other: SparseMatrix = synthetic({ users: 12, fakes: 1, items: 16, seed: 3 }).data.train;
  assert.match((await failure(loadModel(path, other, device))).message, /16 items of the data/);
});

test('neighbours outside of the catalogue are errors', async () => {
  const { path, device } = await trainAndSave('item-cf', 'reference');
  const members = unzipSync(readFileSync(path));
  const { shape, data } = readNpy('indices', members['indices.npy']);
  const indices = Int32Array.from(data as Int32Array);
  indices[0] = 15;
  writeFileSync(path, zipSync({ ...members, 'indices.npy': npyOf({ shape, data: indices }) }));
  const error = await failure(loadModel(path, train, device));
  assert.match(error.message, /item-cf-reference\.npz: array indices: column 15 is outside the 15/);
});

test('a member that is no array is named once, with its file', async () => {
  const { path, device } = await trainAndSave('wrmf-sgd', 'reference');
  const members = unzipSync(readFileSync(path));
  const broken = join(folder, 'broken.npz');
  for (const bytes of [[1, 2, 3], [...members['items.npy'].slice(0, 5)]]) {
    writeFileSync(broken, zipSync({ ...members, 'items.npy': Uint8Array.from(bytes) }));
    const { message } = await failure(loadModel(broken, train, device));
    assert.is(message.split(broken).length, 2, message);
    assert.match(message, `${broken}: items: `);
  }
});

test.run();
