/** @file The kind `features`: how well features tell the fake users of a published file apart. */

import { join } from 'node:path';
import { digestOf, stackRows } from '../../../data/index.ts';
import { features } from '../../../defence/index.ts';
import { UserError } from '../../../errors.ts';
import type { CellKind } from '../../../grid/index.ts';
import { readAttackFile } from '../../detection/attack-file.ts';
import { rocAuc } from '../../detection/roc.ts';
import { readStudyData } from '../study-data.ts';

/** What the areas depend on. */
export interface FeaturesConfig {
  /** The digest of the genuine users (`studyDigest`). */
  readonly data: string;
  /** The name of the attack's file in the folder of the data. */
  readonly file: string;
  /** The digest of its clicks. */
  readonly fakes: string;
  /** The features by name. */
  readonly features: readonly string[];
}

/** The areas. */
export interface FeaturesResult {
  /** Fake users. */
  readonly users: number;
  /** ROC-AUC by feature, over all users, higher values taken for fake. */
  readonly rocAuc: { readonly [feature: string]: number };
}

/** Features of the fake users of a file among genuine ones. */
export const featuresCell: CellKind<FeaturesConfig, FeaturesResult> = {
  name: 'features',
  version: 1,
  describe: ({ file }) => file,
  data: ({ data }) => [data],
  memory: () => 1.5e9,
  async run(config, _inputs, context) {
    const folder = context.data(config.data);
    const data = await readStudyData(folder, config.data);
    const path = join(folder, config.file);
    const { fakes } = await readAttackFile(path, data);
    const found = digestOf(fakes);
    if (found !== config.fakes) {
      throw new UserError(
        `${path}: expected clicks with the digest ${config.fakes}, got ${found}: it was changed`,
      );
    }
    const clicks = stackRows(data.train, fakes);
    const fake = new Uint8Array(clicks.rows).fill(1, data.train.rows);
    const asked = features.filter(({ name }) => config.features.includes(name));
    const areas: Record<string, number> = {};
    for (const feature of asked) {
      areas[feature.name] = rocAuc({ scores: await feature.values(clicks), fake });
    }
    return { users: fakes.rows, rocAuc: areas };
  },
};
