/**
 * @file The terms of a hypergradient one by one: g = ∂f/∂X̂ + Σ_t α_{t+1} ∂Φ_t/∂X̂ + α_0 ∂init/∂X̂.
 *
 * The sum is the same bit for bit as that of a sweep that adds within the step, since a sum of two
 * numbers that are rounded is rounded once, wherever it is computed.
 */

import { add } from '../ops/broadcasting.ts';
import { prepare, Replay } from '../run/computation.ts';
import type { Buffers, Owned } from '../run/owned.ts';
import { cotangentsLike } from '../run/trace.ts';
import { leaves, mapTree, type Tree } from '../tape/tree.ts';
import { inner } from '../transforms/grad.ts';
import type { TrainingRun } from './training.ts';

/** A term of g, by buffers that are lent. */
export interface Term {
  /** ∂f/∂X̂, then α_{t+1} ∂Φ_t/∂X̂ from the last step to the first, then α_0 ∂init/∂X̂. */
  readonly share: Buffers;
  /** The terms so far, added up. */
  readonly sum: Buffers;
  /** The norm of the adjoint that the share was made of; for ∂f/∂X̂, which has none, of α_L. */
  readonly adjointNorm: number;
}

/** Told of each term, in the order of `Term.share`. */
export type Watch = (term: Term) => Promise<void>;

/** Steps back that show their terms. */
export class Terms<S extends Tree, I extends Tree, B extends Tree> {
  private adding: Replay | undefined;
  private squaring: Replay | undefined;

  constructor(
    private readonly training: TrainingRun<S, I, B>,
    private readonly inputs: I,
    private readonly owned: Owned,
    private readonly watch: Watch,
  ) {}

  /** Shows ∂f/∂X̂, from α_L and it as one list. */
  async begin(adjoint: Buffers): Promise<void> {
    const [alpha, g] = this.parted(adjoint);
    await this.watch({ share: g, sum: g, adjointNorm: await this.normOf(alpha) });
  }

  /** As `Step.back`. */
  async back(t: number, from: Buffers, adjoint: Buffers): Promise<Buffers> {
    const [alpha, g] = this.parted(adjoint);
    const step = this.owned.keep(await this.training.step.share(t, from, alpha));
    const [before, share] = this.parted(step);
    return [...before, ...(await this.added(g, share, alpha))];
  }

  /** As `TrainingRun.throughInit`. */
  async throughInit(adjoint: Buffers): Promise<Buffers> {
    const [alpha, g] = this.parted(adjoint);
    const share = this.owned.keep(await this.training.shareOfInit(alpha));
    return this.added(g, share, alpha);
  }

  close(): void {
    this.adding?.release();
    this.squaring?.release();
  }

  private parted(adjoint: Buffers): [alpha: Buffers, g: Buffers] {
    const width = leaves(this.training.like).length;
    return [adjoint.slice(0, width), adjoint.slice(width)];
  }

  /** g + share, which is shown and freed. */
  private async added(g: Buffers, share: Buffers, alpha: Buffers): Promise<Buffers> {
    this.adding ??= await this.bindAdding();
    const sum = this.owned.keep(await this.adding.run([...g, ...share]));
    await this.watch({ share, sum, adjointNorm: await this.normOf(alpha) });
    this.owned.free(share);
    return sum;
  }

  private bindAdding(): Promise<Replay> {
    const [a, b] = [cotangentsLike(this.inputs), cotangentsLike(this.inputs)];
    return Replay.bind(this.training.device, prepare(mapTree(add, a, b), [a, b]));
  }

  private async normOf(alpha: Buffers): Promise<number> {
    const { device, like } = this.training;
    if (!this.squaring) {
      const given = cotangentsLike(like);
      this.squaring = await Replay.bind(device, prepare(inner(given, given), given));
    }
    const squared = await this.squaring.run(alpha);
    const [[number]] = await Promise.all(squared.map((buffer) => device.read(buffer)));
    for (const buffer of squared) device.free(buffer);
    return Math.sqrt(number);
  }
}
