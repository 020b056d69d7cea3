/** @file From graph to numbers: `evaluate` a tree of tensors, `compile` a function of trees. */

import { compileGraph } from '../compile/compile-graph.ts';
import type { Plan } from '../compile/plan.ts';
import { type Device, expectDevice } from '../devices/device.ts';
import { defaultDevice } from '../devices/open.ts';
import { expectFunction, expectOptions } from '../tape/options.ts';
import { reachable } from '../tape/reachable.ts';
import { showTensor } from '../tape/show-tensor.ts';
import { type HostArray, installEvaluator, type Tensor } from '../tape/tensor.ts';
import { copyOfTree, describe, leaves, type Tree } from '../tape/tree.ts';
import { TraceError } from '../transforms/closure.ts';
import { bufferOf, leavesOf, ofTrace } from './buffers.ts';
import { type Computation, prepare, Replay, runOnLeaves } from './computation.ts';
import { isTracing, trace } from './trace.ts';

/** The names of `DeviceOption`. */
export const deviceOptions = ['device'] as const;

interface DeviceOption {
  /** The device to compute on; left out, the default device. */
  readonly device?: Device;
}

/**
 * Computes all tensors of a tree in one plan and returns them as leaves without history, so that
 * a loop `state = await evaluate(step(state))` neither grows the tape nor recompiles.
 */
export async function evaluate<T extends Tree>(tree: T, options: DeviceOption = {}): Promise<T> {
  expectOptions('evaluate', options, deviceOptions);
  // As it is now: its owner may write to its fields while the device opens.
  const own = copyOfTree(tree, 'evaluate');
  const device = options.device ?? (await defaultDevice());
  expectDevice('evaluate', device);
  return leavesOf(device, own, await runOnLeaves(device, prepare(own, [])));
}

/** Reads the numbers of tensors, all computed in one plan, in the order of the tree's leaves. */
export async function readAll(tree: Tree, options: DeviceOption = {}): Promise<HostArray[]> {
  expectOptions('readAll', options, deviceOptions);
  const outputs = leaves(tree, 'readAll');
  if (outputs.every((output) => !output.primitive)) {
    return Promise.all(outputs.map((leaf) => readLeaf(leaf)));
  }
  const device = options.device ?? (await defaultDevice());
  expectDevice('readAll', device);
  const buffers = await runOnLeaves(device, prepare(outputs, []));
  try {
    return await Promise.all(buffers.map((buffer) => device.read(buffer)));
  } finally {
    for (const buffer of buffers) device.free(buffer);
  }
}

/** A copy of the numbers of a leaf, from where they are; that opens no device. */
async function readLeaf(leaf: Tensor): Promise<HostArray> {
  if (leaf.value && 'host' in leaf.value) return leaf.value.host.slice();
  if (!leaf.value) throw ofTrace(leaf);
  const owner = leaf.value.device as Device;
  return owner.read(await bufferOf(owner, leaf));
}

installEvaluator((tensor) => {
  if (isTracing()) expectNoPlaceholder(tensor);
  return readAll(tensor).then(([numbers]) => numbers);
});

/** Throws at once where a function that is being recorded reads what depends on its arguments. */
function expectNoPlaceholder(tensor: Tensor): void {
  if (reachable([tensor]).every(({ primitive, value }) => primitive || value)) return;
  throw new TraceError(
    `${showTensor(tensor)} is read inside of a function that is traced: it has no numbers there, ` +
      'since the function is recorded once and then replayed; return it and read the result',
  );
}

/**
 * The plan that `simd` and `reference` run for `fn` on arguments of these shapes; print it with
 * `showPlan`. `compile(fn, { device }).plan(...)` gives the plan of any device.
 */
export function planOf<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  ...examples: A
): Plan {
  const { args, result } = trace(fn, examples, 'planOf');
  return compileGraph(prepare(result, args).graph, { recurrences: true });
}

/** A compiled function. */
export interface Compiled<A extends readonly Tree[], R extends Tree> {
  (...args: A): Promise<R>;
  /** Does all but run it: compiles for arguments of these shapes and uploads what it captured. */
  ready(...args: A): Promise<void>;
  /** The plan that the device runs for arguments of these shapes; print it with `showPlan`. */
  plan(...args: A): Promise<Plan>;
}

/**
 * Compiles a function of trees of tensors: traced once for each set of shapes, then replayed. The
 * arguments must hold values; the results are leaves on the device, without history.
 */
export function compile<A extends readonly Tree[], R extends Tree>(
  fn: (...args: A) => R,
  options: DeviceOption = {},
): Compiled<A, R> {
  expectFunction('compile', fn);
  expectOptions('compile', options, deviceOptions);
  const traces = new Map<string, { computation: Computation; result: R }>();
  const traced = (examples: A) => {
    const key = examples.map((example) => describe(example, 'compile')).join();
    let known = traces.get(key);
    if (!known) {
      const { args, result } = trace(fn, examples, 'compile');
      known = { computation: prepare(result, args), result };
      traces.set(key, known);
    }
    return known;
  };
  /** The device, and the arguments as they are at the call: it may take a while to open. */
  const begun = async (given: A) => {
    const args = given.map((arg) => copyOfTree(arg, 'compile')) as readonly Tree[] as A;
    const device = options.device ?? (await defaultDevice());
    expectDevice('compile', device);
    return { device, args, ...traced(args) };
  };
  const run = async (...given: A): Promise<R> => {
    const { device, args, computation, result } = await begun(given);
    const buffers = await runOnLeaves(device, computation, leaves(args));
    return leavesOf(device, result, buffers);
  };
  const ready = async (...given: A): Promise<void> => {
    const { device, computation } = await begun(given);
    (await Replay.bind(device, computation)).release();
  };
  const plan = async (...given: A): Promise<Plan> => {
    const { device, computation } = await begun(given);
    return compileGraph(computation.graph, device);
  };
  return Object.assign(run, { ready, plan });
}
