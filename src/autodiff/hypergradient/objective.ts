/** @file The objective at the end of a training run: its value and derivatives, block by block. */

import type { Device } from '../devices/device.ts';
import { add } from '../ops/broadcasting.ts';
import { full } from '../ops/constant.ts';
import { buffersOf, withBuffers } from '../run/buffers.ts';
import { prepare, Replay } from '../run/computation.ts';
import type { Buffers, Owned } from '../run/owned.ts';
import { cotangents, cotangentsLike, type Trace, trace } from '../run/trace.ts';
import type { Turns } from '../run/turns.ts';
import { placed } from '../run/watch.ts';
import type { Tensor } from '../tape/tensor.ts';
import { describe, mapTree, type Tree } from '../tape/tree.ts';
import { blocksOf, type Objective, readoutOf } from './problem.ts';

/** The objective's value with its derivatives in what it reads and in the inputs. */
type Part<R extends Tree, I extends Tree> = [value: Tensor, read: R, inputs: I];

/** What an objective came to. */
export interface Outcome {
  readonly value: number;
  /** ∂f/∂θ_L and ∂f/∂X̂, as one list. */
  readonly adjoint: Buffers;
}

/** An objective compiled for a device and for states of one shape. */
export class CompiledObjective<S extends Tree, I extends Tree, R extends Tree, D extends Tree> {
  private recordedRead: Trace<[S, I], R> | undefined;
  /** The objective by the shapes of a block, so that it is called once for each. */
  private readonly recordedParts = new Map<string, Trace<[R, I, D], Tensor>>();
  private readonly replays = new Map<string, Replay>();

  constructor(
    private readonly objective: Objective<S, I, R, D>,
    /** The training that ends in the states: their shapes, the inputs' buffers, the device. */
    private readonly training: {
      readonly device: Device;
      readonly like: S;
      readonly inputs: Buffers;
    },
  ) {}

  /** What the objective reads, as a function of the state and the inputs. */
  private get read(): Trace<[S, I], R> {
    const readout = (state: S, inputs: I) => readoutOf(this.objective, state, inputs);
    this.recordedRead ??= trace(readout, [this.training.like, this.objective.inputs], 'readout', [
      'state',
      'inputs',
    ]);
    return this.recordedRead;
  }

  private get blocks(): readonly D[] {
    return blocksOf(this.objective);
  }

  /** Compiles it and uploads the data of all blocks. */
  async ready(): Promise<void> {
    const { readout } = this.objective;
    if (readout) await this.readout();
    for (const [i, block] of this.blocks.entries()) {
      await this.part(block, i > 0);
      await buffersOf(this.training.device, block);
    }
    if (readout) await this.pullback();
  }

  /** The value at a state and the derivatives in it and in the inputs. */
  async differentiate(
    state: Buffers,
    owned: Owned,
    turns: Turns,
    onBlock?: (done: number, total: number) => void,
  ): Promise<Outcome> {
    const { blocks } = this;
    const { inputs, device } = this.training;
    const { readout } = this.objective;
    placed(device, { pass: 'objective' });
    const read = readout
      ? owned.keep(await (await this.readout()).run([...state, ...inputs]))
      : state;
    let total: Buffers = [];
    for (const [i, block] of blocks.entries()) {
      const part = await this.part(block, i > 0);
      const before = total;
      const run = (data: Buffers) => part.run([...read, ...inputs, ...data, ...before]);
      total = owned.keep(await withBuffers(device, block, run));
      owned.free(before);
      onBlock?.(i + 1, blocks.length);
      await turns.pass();
    }
    const [value, ...derivatives] = total;
    const [number] = await device.read(value);
    owned.free([value]);
    if (!readout) return { value: number, adjoint: derivatives };
    owned.free(read);
    const pullback = await this.pullback();
    const adjoint = owned.keep(await pullback.run([...state, ...inputs, ...derivatives]));
    owned.free(derivatives);
    return { value: number, adjoint };
  }

  private async bind(
    name: string,
    record: () => { readonly outputs: Tree; readonly parameters: Tree },
  ): Promise<Replay> {
    const bound = this.replays.get(name);
    if (bound) return bound;
    const { outputs, parameters } = record();
    const replay = await Replay.bind(this.training.device, prepare(outputs, parameters));
    this.replays.set(name, replay);
    return replay;
  }

  private readout(): Promise<Replay> {
    const { args, result } = this.read;
    return this.bind('readout', () => ({ outputs: result, parameters: args }));
  }

  /** The part of a block; with `more`, added to those of the blocks before. */
  private part(block: D, more: boolean): Promise<Replay> {
    const shapes = describe(block);
    return this.bind(`${more ? 'next' : 'first'} ${shapes}`, () => {
      const traced = this.recordedParts.get(shapes) ?? this.record(block);
      this.recordedParts.set(shapes, traced);
      const sources: [R, I] = [traced.args[0], traced.args[1]];
      const part: Part<R, I> = [traced.result, ...cotangents(traced, full([], 1), sources)];
      if (!more) return { outputs: part, parameters: traced.args };
      const before = cotangentsLike(part);
      return { outputs: mapTree(add, before, part), parameters: [...traced.args, before] };
    });
  }

  private record(block: D): Trace<[R, I, D], Tensor> {
    const [, inputs] = this.read.args;
    return trace(
      (...args: [R, I, D]) => this.objective.objective(...args),
      [this.read.result, inputs, block],
      'objective',
      ['state', 'inputs', 'block'],
    );
  }

  /** From θ_L, X̂ and the derivatives in what is read and in X̂ to those in θ_L and in X̂. */
  private pullback(): Promise<Replay> {
    return this.bind('pullback', () => {
      const { args, result } = this.read;
      const [alpha, g] = cotangentsLike<[R, I]>([result, args[1]]);
      const [ctState, ctInputs] = cotangents(this.read, alpha, args);
      return { outputs: [ctState, mapTree(add, g, ctInputs)], parameters: [...args, alpha, g] };
    });
  }

  close(): void {
    for (const replay of this.replays.values()) replay.release();
  }
}
