/** @file The reverse sweep: goes back along the tape and records cotangents as further nodes. */

import { zerosLike } from '../ops/constant.ts';
import { add } from '../ops/elementwise.ts';
import { InternalError } from '../tape/internal-error.ts';
import { reachable } from '../tape/reachable.ts';
import { sameShape, showShape } from '../tape/shape.ts';
import { recordedBy, type Tensor } from '../tape/tensor.ts';

/**
 * The cotangents of `sources`, given the cotangents `seeds` of `outputs`. Only nodes between the
 * two are visited. A source that no output depends on gets zeros, and so does one of addresses.
 */
export function backward(
  outputs: readonly Tensor[],
  seeds: readonly Tensor[],
  sources: readonly Tensor[],
): Tensor[] {
  const path = pathNodes(outputs, sources);
  const onPath = new Set(path);
  const order = 1 + orderOf(path, new Set(sources));
  const cotangents = new Map<Tensor, Tensor>();
  const accumulate = (node: Tensor, ct: Tensor) => {
    const before = cotangents.get(node);
    cotangents.set(node, before ? add(before, ct) : ct);
  };
  outputs.forEach((output, i) => {
    if (onPath.has(output)) accumulate(output, seeds[i]);
  });
  for (let i = path.length - 1; i >= 0; i--) {
    const node = path[i];
    const ct = cotangents.get(node);
    if (!ct || !node.primitive) continue;
    recordedBy({ order, rule: node.primitive.name, of: node.id }, () =>
      propagate(node, ct, (input, inputCt) => {
        if (onPath.has(input)) accumulate(input, inputCt);
      }),
    );
  }
  return sources.map((source) => cotangents.get(source) ?? zerosLike(source));
}

/** The highest order of sweep that recorded a node to be differentiated; 0 in a forward pass. */
const orderOf = (path: readonly Tensor[], sources: ReadonlySet<Tensor>): number =>
  path.reduce(
    (most, node) => (sources.has(node) ? most : Math.max(most, node.origin?.order ?? 0)),
    0,
  );

function propagate(node: Tensor, ct: Tensor, emit: (input: Tensor, ct: Tensor) => void): void {
  const { primitive, inputs, attributes } = node;
  if (!primitive) return;
  const result = primitive.vjp(ct, node, inputs, attributes);
  if (result.length !== inputs.length) {
    throw new InternalError(
      `vjp of ${primitive.name} gave ${result.length} cotangents, not ${inputs.length}`,
    );
  }
  result.forEach((inputCt, i) => {
    if (!inputCt) return;
    if (!sameShape(inputCt.shape, inputs[i].shape)) {
      throw new InternalError(
        `vjp of ${primitive.name} gave shape ${showShape(inputCt.shape)} for input ` +
          `${i} of shape ${showShape(inputs[i].shape)}`,
      );
    }
    emit(inputs[i], inputCt);
  });
}

/** Nodes that depend on a source and that an output depends on, in the order of the tape. */
function pathNodes(outputs: readonly Tensor[], sources: readonly Tensor[]): Tensor[] {
  const first = sources.reduce((least, source) => Math.min(least, source.id), Infinity);
  const reached = reachable(outputs, first);
  const dependent = new Set<Tensor>(sources.filter(({ kind }) => kind !== 'index'));
  const path: Tensor[] = [];
  for (const node of reached) {
    if (node.inputs.some((input) => dependent.has(input))) dependent.add(node);
    if (dependent.has(node)) path.push(node);
  }
  return path;
}
