/** @file Users, fake users and items of a recommender in the plane of two principal components. */

import {
  concat,
  type Device,
  matmul,
  neg,
  readAll,
  type Tensor,
  type Tree,
} from '../../../autodiff/index.ts';
import { latentPlane } from '../../../eval/detection/latent-plane.ts';
import type { Poison, Recommender } from '../../../models/index.ts';
import type { LatentView } from '../view.ts';

/** Where a view is computed, and what it brings out. */
interface LatentOptions {
  readonly target: number;
  readonly device: Device;
  /** The hypergradient in the clicks of the fake users, `[fakes, items]`. */
  readonly gradient: Tensor;
}

/**
 * The view of a state of the training. The objective falls along the negative gradient -G, so that
 * row u of -G V, with the factors V of the items, is where its clicks would pull fake user u.
 */
export async function latentView(
  { factors, fakeFactors }: Recommender,
  state: Tree,
  poison: Poison,
  { target, device, gradient }: LatentOptions,
): Promise<LatentView> {
  const { users, items } = factors(state, poison);
  const fakes = fakeFactors?.(state);
  const rows = concat(fakes ? [users, fakes, items] : [users, items]);
  const shown = fakes ? [rows, matmul(neg(gradient), items)] : [rows];
  const [numbers, pulls = []] = await readAll(shown, { device });
  const table = { shape: rows.shape, data: numbers };
  const { points, explained, axes } = latentPlane(table, users.shape[0]);
  const width = rows.shape[1];
  return {
    kind: 'latent',
    positions: Float32Array.from(points.flatMap(({ x, y }) => [x, y])),
    users: users.shape[0],
    fakes: fakes?.shape[0] ?? 0,
    items: items.shape[0],
    target,
    pulls: Float32Array.from({ length: (2 * pulls.length) / width }, (_, i) => {
      const start = Math.floor(i / 2) * width;
      return axes[i % 2].reduce((sum, a, k) => sum + a * pulls[start + k], 0);
    }),
    variance: explained,
  };
}
