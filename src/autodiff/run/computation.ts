/** @file A graph with the leaves that feed it, and how it runs on a device, once or many times. */

import { canonicalize, type Graph } from '../compile/graph.ts';
import type { Device, Program } from '../devices/device.ts';
import { reachable } from '../tape/reachable.ts';
import type { Tensor } from '../tape/tensor.ts';
import { leaves, type Tree } from '../tape/tree.ts';
import { buffersOf } from './buffers.ts';
import type { Buffers } from './owned.ts';
import { borrowProgram } from './programs.ts';

/** A graph whose inputs are parameters first, then the constants that it captured. */
export interface Computation {
  readonly graph: Graph;
  readonly captured: readonly Tensor[];
}

/** Prepares outputs for running; the leaves of `parameters` get their values with each run. */
export function prepare(outputs: Tree, parameters: Tree): Computation {
  const [results, given] = [leaves(outputs), leaves(parameters)];
  const isGiven = new Set(given);
  const captured = reachable(results).filter((node) => !node.primitive && !isGiven.has(node));
  return { graph: canonicalize(results, [...given, ...captured]), captured };
}

/** Tensors in use: the collector frees the buffers of no tensor that is in here. */
const pinned = new Set<readonly Tensor[]>();

/** Keeps tensors from the collector until the function that it returns is called. */
export function pin(tensors: readonly Tensor[]): () => void {
  const entry = [...tensors];
  pinned.add(entry);
  return () => pinned.delete(entry);
}

/** A computation bound to a device: compiled, and with all that it captured uploaded. */
export class Replay {
  private constructor(
    private readonly program: Program,
    private readonly captured: Buffers,
    /** Unbinds it; it must not run after. */
    readonly release: () => void,
  ) {}

  static async bind(device: Device, { graph, captured }: Computation): Promise<Replay> {
    const unpin = pin(captured);
    try {
      const { program, giveBack } = await borrowProgram(device, graph);
      try {
        return new Replay(program, await buffersOf(device, captured), () => {
          giveBack();
          unpin();
        });
      } catch (error) {
        giveBack();
        throw error;
      }
    } catch (error) {
      unpin();
      throw error;
    }
  }

  /** Runs on the buffers of the parameters: a new buffer for each output, which the caller frees. */
  run(parameters: Buffers): Buffers | Promise<Buffers> {
    return this.program.run([...parameters, ...this.captured]);
  }
}

/** Runs a computation once: a new buffer for each output, which the caller frees. */
export async function runOnce(
  device: Device,
  computation: Computation,
  parameters: Buffers = [],
): Promise<Buffers> {
  const replay = await Replay.bind(device, computation);
  try {
    return await replay.run(parameters);
  } finally {
    replay.release();
  }
}
