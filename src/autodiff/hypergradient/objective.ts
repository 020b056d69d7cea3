/** @file The objective at the end of a training run: its value and derivatives, block by block. */

import type { Device } from '../devices/device.ts';
import { add } from '../ops/broadcasting.ts';
import { full, zerosLike } from '../ops/constant.ts';
import { type Compiled, compile, evaluate, readAll } from '../run/evaluate.ts';
import type { Live } from '../run/owned.ts';
import { release } from '../run/programs.ts';
import type { Tensor } from '../tape/tensor.ts';
import { mapTree, type Tree } from '../tape/tree.ts';
import { vjp } from '../transforms/grad.ts';
import { type NoData, noData } from './training.ts';

/** An objective of a trained state and of the inputs that shaped it. */
export interface Objective<
  S extends Tree,
  I extends Tree,
  R extends Tree = S,
  D extends Tree = NoData,
> {
  readonly inputs: I;
  /** What the objective reads of the state, computed once for all blocks. Default the state. */
  readout?(state: S, inputs: I): R;
  /** A scalar; with `blocks`, the part of one block, and their sum is the objective. */
  objective(read: R, inputs: I, block: D): Tensor;
  /** Data of the parts of an objective too large to hold at once. Default one part. */
  readonly blocks?: readonly D[];
}

/** What the objective reads of a state: where nothing else is said, the state itself. */
export const readoutOf = <S extends Tree, I extends Tree, R extends Tree>(
  { readout }: Pick<Objective<S, I, R>, 'readout'>,
  state: S,
  inputs: I,
): R => (readout ? readout(state, inputs) : (state as unknown as R));

/** The data of the objective's parts. Without `blocks` it is `NoData`, which the types cannot tell. */
export const blocksOf = <D extends Tree>({
  blocks,
}: Pick<Objective<Tree, Tree, Tree, D>, 'blocks'>): readonly D[] => blocks ?? [noData as Tree as D];

/** The adjoint at a point of the reverse sweep: of the state there and, so far, of the inputs. */
export type Adjoint<S extends Tree, I extends Tree> = { readonly state: S; readonly inputs: I };

export interface Outcome<S extends Tree, I extends Tree> {
  readonly value: number;
  readonly adjoint: Adjoint<S, I>;
}

type Sofar<R extends Tree, I extends Tree> = {
  readonly value: Tensor;
  readonly read: R;
  readonly inputs: I;
};

export const readScalar = async (device: Device, x: Tensor): Promise<number> =>
  (await readAll(x, { device }))[0][0];

/** An objective compiled for a device. */
export class CompiledObjective<S extends Tree, I extends Tree, R extends Tree, D extends Tree> {
  private readonly read: Compiled<[S, I], R>;
  private readonly part: Compiled<[R, I, D, Sofar<R, I>], Sofar<R, I>>;
  private readonly pull: Compiled<[S, I, R, I], Adjoint<S, I>>;

  constructor(
    private readonly of: Objective<S, I, R, D>,
    private readonly device: Device,
    private readonly live: Live,
  ) {
    const readout = (state: S, inputs: I) => readoutOf(of, state, inputs);
    this.read = compile(readout, { device });
    this.part = compile(
      (read: R, inputs: I, block: D, sofar: Sofar<R, I>) => {
        const fn = (at: { read: R; inputs: I }) => of.objective(at.read, at.inputs, block);
        const { value, pullback } = vjp(fn, { read, inputs });
        return mapTree(add, sofar, { value, ...pullback(full([], 1)) });
      },
      { device },
    );
    this.pull = compile(
      (state: S, inputs: I, read: R, sofar: I) => {
        const fn = (at: Adjoint<S, I>) => readout(at.state, at.inputs);
        const ct = vjp(fn, { state, inputs }).pullback(read);
        return { state: ct.state, inputs: mapTree(add, sofar, ct.inputs) };
      },
      { device },
    );
  }

  private get blocks(): readonly D[] {
    return blocksOf(this.of);
  }

  private nothing(state: S): Promise<Sofar<R, I>> {
    const { of, device } = this;
    // Only the shapes of what is read matter here; it is not computed.
    const read = zerosLike(readoutOf(of, state, of.inputs));
    return evaluate({ value: full([], 0), read, inputs: zerosLike(of.inputs) }, { device });
  }

  /** Compiles for states of this shape and uploads the data of all blocks. */
  async ready(state: S): Promise<void> {
    const { inputs, readout } = this.of;
    const none = this.live.keep(await this.nothing(state));
    if (readout) await this.read.ready(state, inputs);
    for (const block of this.blocks) await this.part.ready(none.read, inputs, block, none);
    if (readout) await this.pull.ready(state, inputs, none.read, none.inputs);
    this.live.drop(none);
  }

  /** The value at a state and the derivatives in it and in the inputs. */
  async differentiate(
    state: S,
    onBlock?: (done: number, total: number) => void,
  ): Promise<Outcome<S, I>> {
    const { inputs, readout } = this.of;
    const { live } = this;
    const read = readout ? live.keep(await this.read(state, inputs)) : (state as unknown as R);
    let total = live.keep(await this.nothing(state));
    for (const [i, block] of this.blocks.entries()) {
      const next = await this.part(read, inputs, block, total);
      live.drop(total);
      total = live.keep(next);
      onBlock?.(i + 1, this.blocks.length);
    }
    const value = await readScalar(this.device, total.value);
    if (!readout) {
      live.pass(total);
      release(total.value);
      const adjoint = { state: total.read as unknown as S, inputs: total.inputs };
      return { value, adjoint: live.keep(adjoint) };
    }
    live.drop(read);
    const adjoint = await this.pull(state, inputs, total.read, total.inputs);
    live.drop(total);
    return { value, adjoint: live.keep(adjoint) };
  }
}
