/** @file Users, fake users and items of a recommender in the plane of two principal components. */

import {
  concat,
  type Device,
  evaluate,
  readAll,
  release,
  type Tree,
} from '../../../autodiff/index.ts';
import type { Poison, Recommender } from '../../../models/index.ts';
import type { LatentView } from '../view.ts';

/** The view of a state of the training. */
export async function latentView(
  { factors, fakeFactors }: Recommender,
  state: Tree,
  poison: Poison,
  { target, device }: { readonly target: number; readonly device: Device },
): Promise<LatentView> {
  const { users, items } = factors(state, poison);
  const fakes = fakeFactors?.(state);
  const rows = await evaluate(concat(fakes ? [users, fakes, items] : [users, items]), { device });
  const [numbers] = await readAll(rows, { device });
  release(rows);
  // The eigenvectors are a library of their own: what comes first does without.
  const { latentPlane } = await import('../../../eval/detection/latent-plane.ts');
  const { points, explained } = latentPlane({ shape: rows.shape, data: numbers }, users.shape[0]);
  const positions = new Float32Array(2 * points.length);
  points.forEach(({ x, y }, i) => positions.set([x, y], 2 * i));
  return {
    kind: 'latent',
    positions,
    users: users.shape[0],
    fakes: fakes?.shape[0] ?? 0,
    items: items.shape[0],
    target,
    variance: explained,
  };
}
