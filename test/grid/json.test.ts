import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { canonicalJson, digestOfJson } from '../../src/grid/index.ts';

test('the examples of RFC 8785 are written as it says', () => {
  const numbers = [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001];
  const string = '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/';
  assert.is(
    canonicalJson({ numbers, string, literals: [null, true, false] }),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
  const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
  const order = [...text.matchAll(/"((?:[^"\\]|\\.)*)":/g)].map(([, key]) =>
    JSON.parse(`"${key}"`),
  );
  assert.equal(order, ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33']);
});

/** JSON values; -0 is 0 there. Readers of JSON do not agree on the key __proto__. */
const json = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.parse(JSON.stringify(value)))
  .filter((value) => !JSON.stringify(value).includes('__proto__'));

/** The same value, with the keys of all its objects entered in reverse. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, field]) => [key, reversed(field)]));
}

/** Whether values are equal, compared part by part. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  const field = (of: object, key: string) => (of as Record<string, unknown>)[key];
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(field(a, key), field(b, key)))
  );
}

test('it reads as the same value, numbers exactly, and does not depend on the order of keys', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value);
      assert.ok(same(JSON.parse(text), value));
      assert.is(canonicalJson(JSON.parse(text)), text);
      assert.is(canonicalJson(reversed(value)), text);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.ok(Object.is(JSON.parse(canonicalJson(value)), value === 0 ? 0 : value));
    }),
    { numRuns: 2000 },
  );
});

test('two values have one text only if they are equal', () => {
  const near = json.chain((value) =>
    fc.tuple(fc.constant(value), fc.oneof(json, fc.constant(value))),
  );
  fc.assert(
    fc.property(near, ([a, b]) => {
      assert.is(canonicalJson(a) === canonicalJson(b), same(a, b));
    }),
    { numRuns: 500 },
  );
});

test('the digest is that of the text in UTF-8', () => {
  const text = '{"a":[1,2.5,null],"é":"€"}';
  const expected = createHash('sha256').update(Buffer.from(text, 'utf8')).digest('hex');
  assert.is(digestOfJson({ é: '€', a: [1, 2.5, null] }), expected);
});

test('what JSON would change or drop is refused, by its place', () => {
  const circle: unknown[] = [];
  circle.push({ again: circle });
  const cases: [unknown, RegExp][] = [
    [{ a: { b: [1, Number.NaN] } }, /^config\.a\.b\[1\] is NaN/],
    [Number.POSITIVE_INFINITY, /^config is Infinity/],
    [{ a: undefined }, /^config\.a is undefined/],
    [[1, , 2], /^config\[1\] is undefined/],
    [{ f: () => 0 }, /^config\.f is function/],
    [{ n: 1n }, /^config\.n is bigint/],
    [{ x: new Float64Array(2) }, /^config\.x is Float64Array/],
    [new Date(0), /^config is Date/],
    [new Map(), /^config is Map/],
    [circle, /^config\[0\]\.again contains itself/],
    [JSON.parse('{"__proto__":1}'), /^config has a key __proto__/],
  ];
  for (const [value, message] of cases) {
    assert.throws(() => canonicalJson(value, 'config'), message);
  }
  const twice = [1];
  assert.is(canonicalJson([twice, twice]), '[[1],[1]]');
});

test.run();
