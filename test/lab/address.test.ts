/** @file Addresses: what they say is read whole, and what means nothing is refused by its name. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { detectors } from '../../src/defence/index.ts';
import { detectorNames, parseAddress, whole } from '../../src/lab/address.ts';
import { addressOf } from '../../src/lab/index.ts';

const refused = (address: string, message: RegExp) =>
  assert.throws(() => parseAddress(address), message);

test('numbers are decimal ones, and what counts is whole', () => {
  for (const rate of ['+', '%20', '%09', '0x10', '1e', 'Infinity', 'NaN', '1,5', '']) {
    refused(`problem=cleaning&rate=${rate}`, /rate: expected a number from 0 to 2000, got /);
  }
  for (const [text, rate] of [
    ['7', 7],
    ['.5', 0.5],
    ['0.25', 0.25],
    ['1e2', 100],
    ['1e-7', 1e-7],
  ] as const) {
    assert.is(parseAddress(`problem=cleaning&rate=${text}`).knobs.rate, rate);
  }
  for (const steps of ['30.5', '0x10', '1e1', '+', '', '0', '301']) {
    refused(`problem=cleaning&steps=${steps}`, /steps: expected a whole number from 1 to 300/);
  }
  refused('problem=attack&tau=10.5', /tau: expected a whole number from 1 to 100, got 10.5/);
});

test('the field of the seed takes what a link may say, and nothing else', () => {
  for (const text of ['1e21', '9007199254740993', '-1', '1.5', '']) {
    assert.throws(() => whole('seed', text, 1), /seed: expected a whole number/);
  }
  for (const text of ['0', '7', '9007199254740991']) {
    const seed = whole('seed', text, 1);
    assert.is(seed, Number(text));
    assert.is(parseAddress(addressOf({ ...parseAddress(''), seed })).seed, seed);
  }
});

test('auto is simd, and threads are of simd alone', () => {
  const { device, threads } = parseAddress('device=auto');
  assert.equal([device, threads], ['simd', 1]);
  assert.is(parseAddress('device=auto&threads=2').threads, 2);
  refused('device=reference&threads=8', /threads: reference has none, simd alone does/);
  refused('device=gpujs:webgpu&threads=2', /threads: gpujs:webgpu has none/);
  assert.is(parseAddress('device=reference&threads=1').device, 'reference');
});

test('detectors and panels are those that there are', () => {
  assert.equal(
    detectorNames,
    detectors.filter(({ needs }) => needs === 'clicks').map(({ name }) => name),
  );
  for (const detector of detectorNames)
    assert.is(parseAddress(`detector=${detector}`).look.detector, detector);
  refused('detector=influence', /detector: expected .*, got influence/);
  refused('folded=race,nonsense', /folded: expected curves or .*, got nonsense/);
  assert.equal(parseAddress('folded=race,words').look.folded, ['race', 'words']);
  assert.equal(parseAddress('folded=').look.folded, []);
});

test.run();
