/** @file From graph to numbers: `evaluate` a tree of tensors, `compile` a function of trees. */

import { compileGraph } from '../compile/compile-graph.ts';
import type { Plan } from '../compile/plan.ts';
import type { Device, DeviceBuffer } from '../devices/device.ts';
import { defaultDevice } from '../devices/open.ts';
import { type HostArray, installEvaluator, Tensor } from '../tape/tensor.ts';
import { describe, leaves, mapTree, rebuild, type Tree } from '../tape/tree.ts';
import {
  adopt,
  bufferOf,
  type Computation,
  prepare,
  readyComputation,
  runComputation,
} from './programs.ts';

interface DeviceOption {
  /** The device to compute on; left out, the default device. */
  readonly device?: Device;
}

/** A leaf like another that holds a buffer. */
export const leafOf = (device: Device, like: Tensor, buffer: DeviceBuffer): Tensor =>
  Tensor.leaf(like.shape, like.kind, adopt(device, buffer));

/**
 * Computes all tensors of a tree in one plan and returns them as leaves without history, so that
 * a loop `state = await evaluate(step(state))` neither grows the tape nor recompiles.
 */
export async function evaluate<T extends Tree>(tree: T, options: DeviceOption = {}): Promise<T> {
  const device = options.device ?? (await defaultDevice());
  const outputs = leaves(tree);
  const buffers = await runComputation(device, prepare(outputs, []), []);
  return rebuild(
    tree,
    outputs.map((output, i) => leafOf(device, output, buffers[i])),
  );
}

/** Reads the numbers of tensors, all computed in one plan, in the order of the tree's leaves. */
export async function readAll(tree: Tree, options: DeviceOption = {}): Promise<HostArray[]> {
  const device = options.device ?? (await defaultDevice());
  const outputs = leaves(tree);
  if (outputs.every((output) => !output.primitive)) {
    return Promise.all(outputs.map((leaf) => readLeaf(device, leaf)));
  }
  const buffers = await runComputation(device, prepare(outputs, []), []);
  try {
    return await Promise.all(buffers.map((buffer) => device.read(buffer)));
  } finally {
    for (const buffer of buffers) device.free(buffer);
  }
}

async function readLeaf(device: Device, leaf: Tensor): Promise<HostArray> {
  if (leaf.value && 'host' in leaf.value) return leaf.value.host;
  const owner = leaf.value ? (leaf.value.device as Device) : device;
  return owner.read(await bufferOf(owner, leaf));
}

installEvaluator(async (tensor) => (await readAll(tensor))[0]);

/** A function traced for one set of shapes. */
export interface Trace<R extends Tree> {
  readonly computation: Computation;
  /** The result as recorded; its tensors have shapes and no values. */
  readonly result: R;
}

/** Records `fn` on placeholders of the shapes of `examples`. */
export function trace<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  examples: A,
): Trace<R> {
  const placeholders = examples.map((example) =>
    mapTree((leaf) => Tensor.leaf(leaf.shape, leaf.kind, null), example),
  ) as unknown as A;
  const result = fn(...placeholders);
  return { computation: prepare(leaves(result), placeholders.flatMap(leaves)), result };
}

/** The plan that `fn` compiles to for arguments of these shapes; print it with `showPlan`. */
export function planOf<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  ...examples: A
): Plan {
  return compileGraph(trace(fn, examples).computation.graph, { recurrences: true });
}

/** A compiled function. */
export interface Compiled<A extends readonly Tree[], R extends Tree> {
  (...args: A): Promise<R>;
  /** Does all but run it: compiles for arguments of these shapes and uploads their numbers. */
  ready(...args: A): Promise<void>;
}

/**
 * Compiles a function of trees of tensors: traced once for each set of shapes, then replayed. The
 * arguments must hold values; the results are leaves on the device, without history.
 */
export function compile<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  options: DeviceOption = {},
): Compiled<A, R> {
  const traces = new Map<string, Trace<R>>();
  const prepared = async (args: A) => {
    const device = options.device ?? (await defaultDevice());
    const key = args.map(describe).join();
    let known = traces.get(key);
    if (!known) {
      known = trace(fn, args);
      traces.set(key, known);
    }
    return { device, known, inputs: args.flatMap(leaves) };
  };
  const run = async (...args: A): Promise<R> => {
    const { device, known, inputs } = await prepared(args);
    const outputs = await runComputation(device, known.computation, inputs);
    const results = leaves(known.result).map((leaf, i) => leafOf(device, leaf, outputs[i]));
    return rebuild(known.result, results);
  };
  const ready = async (...args: A): Promise<void> => {
    const { device, known, inputs } = await prepared(args);
    await readyComputation(device, known.computation, inputs);
  };
  return Object.assign(run, { ready });
}
