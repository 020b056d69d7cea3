/** @file The kind `popularity`: how popular the items are that real users and attacks click. */

import { random, readNpz, selectedRows } from '../../../data/index.ts';
import type { CellKind } from '../../../grid/index.ts';
import { type DensityPoint, popularityDensities } from '../../detection/popularity-density.ts';
import { readStudyData } from '../study-data.ts';

/** What the densities depend on, beside the attacks, which are its inputs by their names. */
export interface PopularityConfig {
  /** The digest of the data (`studyDigest`). */
  readonly data: string;
  /** So many real users are drawn by the seed, or all of them if there are fewer. */
  readonly sample: number;
  readonly seed: number;
  /** Places at which the densities are computed. */
  readonly points: number;
}

/** Densities of `Normal`, the real users, and of each attack. */
export interface PopularityResult {
  readonly densities: readonly DensityPoint[];
}

/** Densities over the popularity of clicked items. */
export const popularityCell: CellKind<PopularityConfig, PopularityResult> = {
  name: 'popularity',
  version: 1,
  describe: ({ seed }) => `popularity of clicked items, seed ${seed}`,
  data: ({ data }) => [data],
  async run({ data: digest, sample, seed, points }, attacks, context) {
    const { train } = await readStudyData(context.data(digest), digest);
    const count = Math.min(sample, train.rows);
    const users = Int32Array.from(random(seed).fork('normal users').sample(train.rows, count));
    const groups = [{ name: 'Normal', clicks: selectedRows(train, users) }];
    for (const [name, attack] of Object.entries(attacks)) {
      groups.push({ name, clicks: await readNpz(attack.file('fakes.npz')) });
    }
    return { densities: popularityDensities(train, groups, points) };
  },
};
