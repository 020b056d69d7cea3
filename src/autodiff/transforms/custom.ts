/** @file Functions whose derivative is given: `customVjp`, `recomputed`. */

import { concat, identity, reshape, slice, stopGradient } from '../ops/view.ts';
import { expectFunction } from '../tape/options.ts';
import { define } from '../tape/primitive.ts';
import { reachable } from '../tape/reachable.ts';
import { nameOf } from '../tape/show-tensor.ts';
import { recordedBy, Tensor, tapePosition } from '../tape/tensor.ts';
import { copyOfTree, expectSameTree, leaves, rebuild, type Tree } from '../tape/tree.ts';
import { backward } from './backward.ts';
import { closedOver, TraceError } from './closure.ts';

type CustomRule = (ct: Tensor, inputs: readonly Tensor[]) => readonly Tensor[];

const customOf = define<{ rule: CustomRule }>({
  name: 'custom',
  family: 'view',
  alias: true,
  shape: ([value]) => value,
  cell: (position, [value]) => value.read(position),
  vjp: (ct, _out, [, ...xs], { rule }) => [null, ...rule(ct, xs)],
});

/** `value` with a derivative in `sources` alone: `rule` gives it from the cotangent. */
function withRule<R extends Tree>(
  value: R,
  sources: readonly Tensor[],
  rule: (ct: R, sources: readonly Tensor[]) => readonly Tensor[],
): R {
  if (leaves(value).length === 0) return value;
  const { vector, unpack } = packed(value);
  const flatRule: CustomRule = (ct, inputs) => rule(unpack(ct), inputs);
  return unpack(customOf([vector, ...sources], { rule: flatRule }));
}

/** A tree as one tensor, since a primitive has one result; a lone tensor stays as it is. */
function packed<R extends Tree>(value: R): { vector: Tensor; unpack: (vector: Tensor) => R } {
  const parts = leaves(value);
  if (parts.length === 1) {
    return { vector: parts[0], unpack: (vector) => rebuild(value, [vector]) };
  }
  const vectors = parts.map((part) => reshape(part, [part.size]));
  const vector = vectors.reduce((joined, part) => concat(joined, part, 0));
  const unpack = (from: Tensor) => {
    let at = 0;
    const unpacked = parts.map(({ size, shape }) => {
      at += size;
      return reshape(slice(from, [at - size], [size]), shape);
    });
    return rebuild(value, unpacked);
  };
  return { vector, unpack };
}

/**
 * `fn`, of a tree and to a tree, with a derivative that is given: `rule` takes the cotangent of the
 * result and the argument, and gives the cotangent of the argument. Higher orders differentiate the
 * rule.
 *
 * What `fn` closes over has no derivative by the rule, so it must be leaves with numbers, which are
 * constants: a call throws a TraceError that names anything else, to be passed as an argument, or
 * to be wrapped in `stopGradient`. The derivative throws a ShapeError if the rule gives another tree
 * than the argument, and a TraceError if the rule closes over such a tensor, as over one that `fn`
 * recorded.
 */
export function customVjp<T extends Tree = Tensor, R extends Tree = Tensor>(
  fn: (x: T) => R,
  rule: (ct: R, x: T) => T,
): (x: T) => R {
  expectFunction('customVjp: fn', fn);
  expectFunction('customVjp: rule', rule);
  return (x) => {
    const inputs = leaves(x, 'customVjp');
    const start = tapePosition();
    const value = fn(rebuild(x, inputs.map(stopGradient)));
    const [closed] = closedOver(leaves(value, 'customVjp: the result of fn'), start);
    if (closed) {
      throw new TraceError(
        `customVjp: fn closes over ${nameOf(closed)}, which the rule does not differentiate: ` +
          'pass it as part of the argument, or wrap it in stopGradient',
      );
    }
    const like = rebuild(x, inputs);
    return withRule(value, inputs, (ct, sources) => {
      const given = leaves(ct);
      const began = tapePosition();
      const result = rule(ct, rebuild(like, sources));
      expectSameTree('customVjp: the result of the rule', like, result);
      expectOpen(leaves(result), [...given, ...sources], began);
      return leaves(result);
    });
  };
}

/** Throws a TraceError where a rule closes over what may have a derivative of its own. */
function expectOpen(results: readonly Tensor[], given: readonly Tensor[], start: number): void {
  const closed = closedOver(results, start).find((node) => !given.includes(node));
  if (!closed) return;
  throw new TraceError(
    `customVjp: the rule closes over ${nameOf(closed)}, whose derivative is lost where the rule is ` +
      'differentiated or computed again: pass it as part of the argument, compute it again in the ' +
      'rule, or wrap it in stopGradient there',
  );
}

/**
 * `fn`, of a tree and to a tree, whose derivative computes it again instead of keeping its
 * intermediate values. `fn` is recorded once; what it closes over is differentiated as its argument
 * is. A plan computes equal operations once, so this helps only a plan that does not also compute
 * the value, such as the reverse step of a training.
 */
export const recomputed: <T extends Tree = Tensor, R extends Tree = Tensor>(
  fn: (x: T) => R,
) => (x: T) => R = recomputedFinding(closedOver);

/** `recomputed` with a mechanism that finds what `fn` closes over, for tests of what checks see. */
export function recomputedFinding(find: typeof closedOver) {
  return <T extends Tree = Tensor, R extends Tree = Tensor>(fn: (x: T) => R): ((x: T) => R) => {
    expectFunction('recomputed', fn);
    return (x) => {
      if (plain) return fn(copyOfTree(x));
      const inputs = leaves(x, 'recomputed');
      const start = tapePosition();
      const args = inputs.map(stopGradient);
      const value = fn(rebuild(x, args));
      const results = leaves(value, 'recomputed: the result of fn');
      const variables = [...args, ...find(results, start)];
      const sources = [...inputs, ...variables.slice(inputs.length)];
      return withRule(value, sources, (ct, at) => {
        const fresh = at.map(identity);
        const again = copyWith(results, start, variables, fresh);
        return backward(again, leaves(ct), fresh);
      });
    };
  };
}

/** The nodes from `start` on that `results` depend on, recorded again for other variables. */
function copyWith(
  results: readonly Tensor[],
  start: number,
  variables: readonly Tensor[],
  replacements: readonly Tensor[],
): Tensor[] {
  const copies = new Map(variables.map((variable, i) => [variable, replacements[i]]));
  const copyOf = (node: Tensor) => copies.get(node) ?? node;
  for (const node of reachable(results, start)) {
    const { primitive, inputs, attributes } = node;
    if (!primitive || copies.has(node)) continue;
    const copy = () => Tensor.record(primitive, inputs.map(copyOf), attributes);
    copies.set(node, recordedBy(node.origin, copy));
  }
  return results.map(copyOf);
}

let plain = false;

/**
 * Calls `record` with `recomputed` doing nothing, so that what it records differentiates every
 * operation by its own rule: a check of a derivative must not trust what it checks.
 */
export function withoutRecomputing<T>(record: () => T): T {
  const before = plain;
  plain = true;
  try {
    return record();
  } finally {
    plain = before;
  }
}
