/**
 * @file The terms of a hypergradient one by one: g = ∂f/∂X̂ + Σ_t α_{t+1} ∂Φ_t/∂X̂ + α_0 ∂init/∂X̂.
 *
 * A step back then stores its share before it adds it. The sum is the same bit for bit, since a sum
 * of two numbers is rounded once, wherever they come from.
 */

import { globalNorm } from '../functions/norm.ts';
import { prepare, runOnBuffers } from '../run/computation.ts';
import type { Buffers, Owned } from '../run/owned.ts';
import { cotangentsLike } from '../run/trace.ts';
import { leaves, type Tree } from '../tape/tree.ts';
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
  private adjointNorm = Number.NaN;

  constructor(
    private readonly training: TrainingRun<S, I, B>,
    private readonly owned: Owned,
    private readonly watch: Watch,
  ) {}

  /** Shows ∂f/∂X̂, from α_L and it as one list. */
  async begin(adjoint: Buffers): Promise<void> {
    const { device, like } = this.training;
    const [alpha, g] = this.parted(adjoint);
    const given = cotangentsLike(like);
    const length = await runOnBuffers(device, prepare(globalNorm(given), given), alpha);
    this.adjointNorm = await this.numberOf(this.owned.keep(length));
    await this.watch({ share: g, sum: g, adjointNorm: this.adjointNorm });
  }

  /** As `Step.back`. */
  async back(t: number, from: Buffers, adjoint: Buffers): Promise<Buffers> {
    const { adjointNorm, training, owned } = this;
    const results = owned.keep(await training.step.back(t, from, adjoint, 'shown'));
    const next = results.slice(0, adjoint.length);
    const [, sum] = this.parted(next);
    const share = results.slice(adjoint.length, -1);
    await this.watch({ share, sum, adjointNorm });
    owned.free(share);
    this.adjointNorm = await this.numberOf(results.slice(-1));
    return next;
  }

  /** As `TrainingRun.throughInit`. */
  async throughInit(adjoint: Buffers): Promise<Buffers> {
    const { adjointNorm, training, owned } = this;
    const [alpha] = this.parted(adjoint);
    const share = owned.keep(await training.shareOfInit(alpha));
    const sum = owned.keep(await training.throughInit(adjoint));
    await this.watch({ share, sum, adjointNorm });
    owned.free(share);
    return sum;
  }

  private parted(adjoint: Buffers): [alpha: Buffers, g: Buffers] {
    const width = leaves(this.training.like).length;
    return [adjoint.slice(0, width), adjoint.slice(width)];
  }

  /** A number, whose buffer is freed. */
  private async numberOf(buffer: Buffers): Promise<number> {
    const [number] = await this.training.device.read(buffer[0]);
    this.owned.free(buffer);
    return number;
  }
}
