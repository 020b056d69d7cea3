/**
 * @file What a function closes over, read off the tape.
 *
 * A node has a lower number than all that is recorded after it. Walking back from the results of a
 * function that was called at position `start`, the first nodes below `start` are what it closes
 * over. Of these, leaves with numbers, indices and operations without operands or derivatives are
 * constants; so is all that stands before a `stopGradient`. The rest may depend on what somebody
 * differentiates.
 */

import { showTensor } from '../tape/show-tensor.ts';
import type { Tensor } from '../tape/tensor.ts';

/** A function that is traced closes over what it must not, or reads what has no numbers yet. */
export class TraceError extends Error {
  override name = 'TraceError';
}

/** The tensors below `start` that `results` depend on directly and that are no constants. */
export function closedOver(results: readonly Tensor[], start: number): Tensor[] {
  const closed: Tensor[] = [];
  walkBack(results, (node) => {
    if (node.id >= start) return true;
    if (isVariable(node)) closed.push(node);
    return false;
  });
  return closed;
}

/**
 * Throws a TraceError if `results` of the function `what` depend, by another way than through
 * `args`, on a tensor that `refused` names (`mend` says what to do), on an argument of another
 * trace, or on a tensor that lost its numbers.
 */
export function expectClosed(
  what: string,
  results: readonly Tensor[],
  args: readonly Tensor[],
  refused: ReadonlyMap<Tensor, string>,
  mend: (name: string) => string,
): void {
  const given = new Set(args);
  walkBack(results, (node) => {
    if (given.has(node)) return false;
    const name = refused.get(node);
    if (name) throw new TraceError(`${what} closes over ${mend(name)}`);
    if (!node.primitive) expectNumbers(what, node);
    return true;
  });
}

function expectNumbers(what: string, leaf: Tensor): void {
  const { value } = leaf;
  if (!value) throw new TraceError(`${what} closes over ${showTensor(leaf)}, of another trace`);
  if ('buffer' in value && value.lost) {
    throw new TraceError(`${what} closes over ${showTensor(leaf)}`);
  }
}

/** Visits nodes from the results back, by ways with a derivative, for as long as `enter` says so. */
function walkBack(results: readonly Tensor[], enter: (node: Tensor) => boolean): void {
  const seen = new Set<Tensor>(results);
  // A set keeps its order while it grows, so it is the queue as well.
  for (const node of seen) {
    if (!enter(node) || node.primitive?.constant) continue;
    for (const input of node.inputs) seen.add(input);
  }
}

function isVariable({ kind, primitive, inputs, value }: Tensor): boolean {
  if (kind === 'index' || primitive?.constant) return false;
  return primitive ? inputs.length > 0 : !value;
}
