/** @file What becomes of constants in expressions. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { binary, number, select, unary } from '../../../src/autodiff/kernel/expression.ts';

test('a function of constants is a constant where no device could round it otherwise', () => {
  assert.equal(binary('add', number(0), number(0)), number(0));
  assert.equal(binary('mul', number(2 ** -126), number(2 ** 95)), number(2 ** -31));
  assert.equal(binary('sub', number(3), number(0.5)), number(2.5));
  assert.equal(binary('div', number(3), number(-4)), number(-0.75));
  assert.equal(binary('max', number(-1), number(2)), number(2));
  assert.equal(binary('less', number(1), number(2)), number(1));
  assert.equal(binary('less', number(Number.NaN), number(2)), number(0));
  assert.equal(unary('abs', number(-(2 ** -126))), number(2 ** -126));
  // The sign of a zero is kept.
  assert.ok(Object.is((binary('mul', number(-1), number(0)) as { value: number }).value, -0));
});

test('what f32 rounds is left to the device', () => {
  // 0.1 is no f32, a third is none, 2^24 + 1 neither, and powers are no arithmetic of IEEE.
  for (const [fn, x, y] of [
    ['add', 0.1, 0.25],
    ['div', 1, 3],
    ['pow', 2, 3],
    ['add', 2 ** 24, 1],
  ] as const) {
    assert.is(binary(fn, number(x), number(y)).kind, 'binary', `${fn} of ${x} and ${y}`);
  }
  assert.is(unary('sqrt', number(4)).kind, 'unary');
  // To f32 this is 0.
  assert.is(unary('sign', number(1e-50)).kind, 'unary');
  assert.is(select(number(1e-50), number(1), number(2)).kind, 'select');
  // Beyond f32 no shader compiles it: it is a constant for all.
  assert.equal(binary('mul', number(1e30), number(1e30)), number(1e30 * 1e30));
});

test('a choice by a constant is what it chooses', () => {
  const [yes, no] = [number(1.5), number(2.5)];
  assert.is(select(number(1), yes, no), yes);
  assert.is(select(number(0), yes, no), no);
  assert.is(select(number(-0), yes, no), no);
  assert.is(select(number(Number.NaN), yes, no), yes);
});

test.run();
