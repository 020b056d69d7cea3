/** @file The kind `victim`: a recommender trained with or without an attack's fake users. */

import { readNpz } from '../../../data/index.ts';
import type { CellKind } from '../../../grid/index.ts';
import { modelKind, type Settings } from '../../../models/index.ts';
import { checkFakes } from '../../files/check-fakes.ts';
import { type Metrics, measure } from '../../metrics/measure.ts';
import { evaluateVictim } from '../../training/victim.ts';
import { readStudyData } from '../study-data.ts';
import { cellDevice } from './attack-run.ts';

/** All that a victim depends on, beside the `attack` whose fake users it may train on. */
export interface VictimConfig {
  /** The digest of the data (`studyDigest`). */
  readonly data: string;
  readonly model: string;
  /** All settings of the model. */
  readonly settings: Settings;
  readonly seed: number;
  /** Length of the recommendations. */
  readonly k: number;
  /** Sets of target items by name, each measured by itself. */
  readonly targets: { readonly [name: string]: readonly number[] };
  readonly precision: 'f32';
  /** How equal scores count, of models that have some (`tiesOf`). */
  readonly ties?: 'mean';
}

/**
 * What a configuration says of equal scores. Those of models without a seed are often equal, and so
 * are those of the users that `filtering` drops; they count by the mean over their orders, where
 * earlier results went by the numbers of items. Other models have none, and their configurations say
 * nothing.
 */
export const tiesOf = (model: string, defence?: string): Pick<VictimConfig, 'ties'> =>
  modelKind(model).seedless || defence === 'filtering' ? { ties: 'mean' } : {};

/** The hits of a set of targets. */
export interface TargetHits {
  /** Share of the users with one of the targets among their first k. */
  readonly hitRate: number;
  /** Mean rank of the targets that a user has not clicked. */
  readonly meanRank: number;
}

/** What a victim recommends to the real users that have tests. */
export interface VictimFigures
  extends Pick<Metrics, 'users' | 'hitRate' | 'recall' | 'ndcg' | 'ndcgOfTests' | 'meanRank'> {
  readonly targets: { readonly [name: string]: TargetHits };
}

/** Memory that training takes at most, in bytes, where it is more than half a gigabyte. */
const memory: { readonly [model: string]: number } = { 'item-ae': 1e9, 'mult-vae': 1.5e9 };

/** A victim. */
export const victimCell: CellKind<VictimConfig, VictimFigures> = {
  name: 'victim',
  version: 1,
  describe: ({ model, targets, seed }) => `${model}, ${Object.keys(targets)} items, seed ${seed}`,
  data: ({ data }) => [data],
  memory: ({ model }) => memory[model] ?? 0.6e9,
  async run({ model, settings, seed, k, targets, data: digest }, { attack }, context) {
    const data = await readStudyData(context.data(digest), digest);
    const path = attack?.file('fakes.npz');
    const fakes = path === undefined ? null : await readNpz(path);
    if (path !== undefined && fakes) checkFakes(path, fakes, data);
    const hits: Record<string, TargetHits> = {};
    const result = await evaluateVictim(data, fakes, {
      kind: modelKind(model),
      settings,
      seed,
      k,
      device: await cellDevice(context),
      onTrained: async ({ scores }) => {
        for (const [name, items] of Object.entries(targets)) {
          const measured = await measure(scores, data, { k, targets: items });
          hits[name] = { hitRate: measured.targetHitRate, meanRank: measured.targetMeanRank };
        }
      },
    });
    const { users, hitRate, recall, ndcg, ndcgOfTests, meanRank } = result;
    return { users, hitRate, recall, ndcg, ndcgOfTests, meanRank, targets: hits };
  },
};
