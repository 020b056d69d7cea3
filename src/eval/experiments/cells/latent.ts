/** @file The kind `latent`: where a victim puts an attack's fake users among real ones. */

import { random, readNpz, stackRows } from '../../../data/index.ts';
import { UserError } from '../../../errors.ts';
import type { CellKind } from '../../../grid/index.ts';
import { modelKind, type Settings } from '../../../models/index.ts';
import { type LatentPlane, latentPlane } from '../../detection/latent-plane.ts';
import { checkFakes } from '../../files/check-fakes.ts';
import { readStudyData } from '../study-data.ts';
import { cellDevice } from './attack-run.ts';

/** What the picture depends on, beside the `attack`. */
export interface LatentConfig {
  /** The digest of the data (`studyDigest`). */
  readonly data: string;
  readonly model: string;
  /** All settings of the model. */
  readonly settings: Settings;
  readonly seed: number;
  /** So many real users are drawn by the seed, or all of them if there are fewer. */
  readonly sample: number;
  readonly precision: 'f32';
}

/** Coordinates to so many digits are finer than any picture. */
const rounded = (x: number): number => Number(x.toPrecision(5));

/**
 * The plane of the two first principal components of all users' factors, those whose inner products
 * with the items' are the scores; the points of the drawn real users and of all fake ones.
 */
export const latentCell: CellKind<LatentConfig, LatentPlane> = {
  name: 'latent',
  version: 1,
  describe: ({ model, seed }) => `latent space of ${model}, seed ${seed}`,
  data: ({ data }) => [data],
  memory: () => 1.5e9,
  async run({ data: digest, model: name, settings, seed, sample }, { attack }, context) {
    const data = await readStudyData(context.data(digest), digest);
    const path = attack.file('fakes.npz');
    const fakes = await readNpz(path);
    checkFakes(path, fakes, data);
    const device = await cellDevice(context);
    const clicks = stackRows(data.train, fakes);
    const model = await modelKind(name).fit(clicks, settings, { seed, device });
    const { users } = await model.arrays();
    if (!users) throw new UserError(`${name} has no factors of users`);
    const { points, explained } = latentPlane(users, data.train.rows);
    const count = Math.min(sample, data.train.rows);
    const drawn = new Set(random(seed).fork('normal users').sample(data.train.rows, count));
    const shown = points.filter(({ fake }, user) => fake || drawn.has(user));
    return {
      points: shown.map(({ x, y, fake }) => ({ x: rounded(x), y: rounded(y), fake })),
      explained: [rounded(explained[0]), rounded(explained[1])],
    };
  },
};
