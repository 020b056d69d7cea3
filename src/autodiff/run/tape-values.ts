/** @file `tapeValues`: the numbers of nodes of a tape, and derivatives in them. */

import { type Device, expectDevice } from '../devices/device.ts';
import { defaultDevice } from '../devices/open.ts';
import { add } from '../ops/broadcasting.ts';
import { expectFunction, expectOptions } from '../tape/options.ts';
import { showValue } from '../tape/show-value.ts';
import type { HostArray, Tensor } from '../tape/tensor.ts';
import { expectSameTree, leaves, type Tree } from '../tape/tree.ts';
import { backward } from '../transforms/backward.ts';
import { prepare, runOnLeaves } from './computation.ts';
import { tapeOfTrace } from './tape-of.ts';
import { cotangentsLike, trace } from './trace.ts';

/** What is known of a node. */
export interface TapeValue {
  /** Its numbers, row-major in the shape that the tape has for it. */
  readonly numbers: HostArray;
  /** The derivative in them of what `weights` asks for; none of indices, which have no derivative. */
  readonly gradient?: HostArray;
}

/** Options of `tapeValues`. */
interface TapeValuesOptions<R extends Tree> {
  /** Default the default device. */
  readonly device?: Device;
  /**
   * What the results count in a scalar, entry by entry: then each node comes with the derivative of
   * the sum of all results times their weights. With the adjoint of a training step it is that of
   * the objective.
   */
  readonly weights?: R;
}

/**
 * The numbers of nodes of `tapeOf(fn, ...examples)`, by their ids there, at the numbers of
 * `examples`, all computed in one plan. Throws a RangeError at an id that the tape has not, and a
 * ShapeError where the weights are no tree like the result.
 */
export async function tapeValues<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  examples: A,
  nodes: readonly number[],
  options: TapeValuesOptions<R> = {},
): Promise<TapeValue[]> {
  expectFunction('tapeValues', fn);
  expectOptions('tapeValues', options, ['device', 'weights']);
  const { weights } = options;
  const { args, result } = trace(fn, examples, 'tapeValues');
  if (weights) expectSameTree('tapeValues: weights', result, weights);
  const { tensorsOf } = tapeOfTrace({ args, result });
  const recorded = nodes.map((node) => {
    const tensors = tensorsOf.get(node);
    if (tensors) return tensors;
    throw new RangeError(`tapeValues: the tape has no node ${showValue(node)}`);
  });
  const seeds = weights ? cotangentsLike<R>(result) : undefined;
  const judged = seeds ? recorded.map((tensors) => differentiable(tensors)) : [];
  const found = seeds ? backward(leaves(result), leaves(seeds), judged.flat()) : [];
  const gradients = judged.map((tensors) =>
    found
      .splice(0, tensors.length)
      .reduce((sum: Tensor | undefined, part) => (sum ? add(sum, part) : part), undefined),
  );
  const outputs = [
    ...recorded.map(([tensor]) => tensor),
    ...gradients.filter((gradient) => gradient !== undefined),
  ];
  const given = seeds ? [args, seeds] : [args];
  const device = options.device ?? (await defaultDevice());
  expectDevice('tapeValues', device);
  const numbers = await read(device, outputs, given, [
    ...leaves(examples),
    ...(weights ? leaves(weights) : []),
  ]);
  const derivatives = numbers.splice(nodes.length);
  return numbers.map((values, i) =>
    gradients[i] ? { numbers: values, gradient: derivatives.shift() } : { numbers: values },
  );
}

/** The tensors of a node whose derivatives add up to its own: an alias is one of them already. */
const differentiable = (tensors: readonly Tensor[]): Tensor[] =>
  tensors.filter(({ kind, primitive }) => kind === 'real' && !primitive?.alias);

async function read(
  device: Device,
  outputs: readonly Tensor[],
  given: Tree,
  numbers: readonly Tensor[],
): Promise<HostArray[]> {
  const buffers = await runOnLeaves(device, prepare(outputs, given), numbers);
  try {
    return await Promise.all(buffers.map((buffer) => device.read(buffer)));
  } finally {
    for (const buffer of buffers) device.free(buffer);
  }
}
