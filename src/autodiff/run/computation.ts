/** @file A graph with the leaves that feed it, and how it runs on a device, once or many times. */

import { canonicalize, type Graph } from '../compile/graph.ts';
import type { Device, Program } from '../devices/device.ts';
import { reachable } from '../tape/reachable.ts';
import type { Tensor } from '../tape/tensor.ts';
import { leaves, type Tree } from '../tape/tree.ts';
import { type AddressLimits, expectAddressesWithin, splitLimits } from './addresses.ts';
import { buffersOf, ofTrace, pin } from './buffers.ts';
import type { Buffers } from './owned.ts';
import { borrowProgram } from './programs.ts';
import { room, withRoom } from './room.ts';
import { type Watch, watchOf } from './watch.ts';

/** A graph whose inputs are parameters first, then the constants that it captured. */
export interface Computation {
  readonly graph: Graph;
  readonly captured: readonly Tensor[];
}

/**
 * Prepares outputs for running; the leaves of `parameters` get their values with each run. Throws a
 * TraceError at an argument of another trace.
 */
export function prepare(outputs: Tree, parameters: Tree): Computation {
  const [results, given] = [leaves(outputs), leaves(parameters)];
  const isGiven = new Set(given);
  const captured = reachable(results).filter((node) => !node.primitive && !isGiven.has(node));
  const foreign = captured.find(({ value }) => !value);
  if (foreign) throw ofTrace(foreign);
  return { graph: canonicalize(results, [...given, ...captured]), captured };
}

/** Runs a computation once on leaves: a new buffer for each output, which the caller frees. */
export async function runOnLeaves(
  device: Device,
  { graph, captured }: Computation,
  parameters: readonly Tensor[] = [],
): Promise<Buffers> {
  const inputs = [...parameters, ...captured];
  const unpin = pin(inputs);
  const borrowed = borrowProgram(device, graph);
  try {
    const crowded = room(device);
    if (crowded) await crowded;
    const program = await borrowed.program;
    const buffers = await buffersOf(device, inputs);
    const checked = expectAddressesWithin(device, borrowed.limits, buffers);
    if (checked) await checked;
    const results = withRoom(() => program.run(buffers));
    return await (watchOf(device)?.results(graph, buffers, results) ?? results);
  } finally {
    borrowed.giveBack();
    unpin();
  }
}

/** A computation bound to a device, to run many times: nothing is looked up or uploaded again. */
export class Replay {
  private constructor(
    private readonly device: Device,
    private readonly program: Program,
    /** Of the parameters; what is captured is looked at once. */
    private readonly limits: AddressLimits,
    private readonly captured: Buffers,
    private readonly watched: { readonly watch: Watch; readonly graph: Graph } | undefined,
    /** Unbinds it; it must not run after. */
    readonly release: () => void,
  ) {}

  /** Compiles a computation and uploads what it captured. */
  static async bind(device: Device, { graph, captured }: Computation): Promise<Replay> {
    const unpin = pin(captured);
    const borrowed = borrowProgram(device, graph);
    const release = () => {
      borrowed.giveBack();
      unpin();
    };
    try {
      await room(device);
      const program = await borrowed.program;
      const watch = watchOf(device);
      const watched = watch && { watch, graph };
      const buffers = await buffersOf(device, captured);
      const [ofEachRun, ofCaptured] = splitLimits(
        borrowed.limits,
        graph.inputs.length - captured.length,
      );
      await expectAddressesWithin(device, ofCaptured, buffers);
      return new Replay(device, program, ofEachRun, buffers, watched, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Runs on the buffers of the parameters: a new buffer for each output, which the caller frees. */
  run(parameters: Buffers): Buffers | Promise<Buffers> {
    const buffers = [...parameters, ...this.captured];
    const checked = expectAddressesWithin(this.device, this.limits, parameters);
    return checked ? checked.then(() => this.runOn(buffers)) : this.runOn(buffers);
  }

  private runOn(buffers: Buffers): Buffers | Promise<Buffers> {
    const results = withRoom(() => this.program.run(buffers));
    const { watched } = this;
    return watched ? watched.watch.results(watched.graph, buffers, results) : results;
  }
}

/** Runs a computation once on buffers: a new buffer for each output, which the caller frees. */
export async function runOnBuffers(
  device: Device,
  computation: Computation,
  parameters: Buffers,
): Promise<Buffers> {
  const replay = await Replay.bind(device, computation);
  try {
    return await replay.run(parameters);
  } finally {
    replay.release();
  }
}
