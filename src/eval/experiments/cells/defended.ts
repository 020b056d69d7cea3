/** @file The kind `defended`: a victim trained by a defence, with or without an attack. */

import { readNpz } from '../../../data/index.ts';
import { type DefenceSettings, defence, detector } from '../../../defence/index.ts';
import type { CellKind } from '../../../grid/index.ts';
import { modelKind } from '../../../models/index.ts';
import { checkFakes } from '../../files/check-fakes.ts';
import { evaluateDefended, type Treated } from '../../training/defended.ts';
import { readStudyData } from '../study-data.ts';
import { cellDevice } from './attack-run.ts';
import type { VictimConfig } from './victim.ts';

/** All that a defended victim depends on, beside the `attack` that it may train under. */
export interface DefendedConfig extends Omit<VictimConfig, 'targets'> {
  readonly defence: string;
  /** All settings of the defence. */
  readonly defenceSettings: DefenceSettings;
  /** Whom the defence asks, if it asks: a detector that needs nothing but clicks. */
  readonly detector: string | null;
  /** The items whose hits are measured. */
  readonly targets: readonly number[];
}

/** What a defended victim recommends, and what the defence did to its users. */
export interface DefendedFigures {
  readonly targetHitRate: number;
  readonly recall: number;
  readonly hitRate: number;
  readonly ndcg: number;
  readonly genuine: Treated;
  /** Of the fake users; null without attack. */
  readonly fake: Treated | null;
}

/** A defended victim. */
export const defendedCell: CellKind<DefendedConfig, DefendedFigures> = {
  name: 'defended',
  version: 1,
  describe: (config) => `${config.defence} of ${config.model}, seed ${config.seed}`,
  data: ({ data }) => [data],
  memory: () => 1e9,
  async run(config, { attack }, context) {
    const data = await readStudyData(context.data(config.data), config.data);
    const path = attack?.file('fakes.npz');
    const fakes = path === undefined ? null : await readNpz(path);
    if (path !== undefined && fakes) checkFakes(path, fakes, data);
    const device = await cellDevice(context);
    const { seed, k, targets, settings, defenceSettings } = config;
    const judge = config.detector === null ? null : detector(config.detector);
    const result = await evaluateDefended(data, fakes, {
      kind: modelKind(config.model),
      settings,
      seed,
      k,
      targets,
      device,
      defence: defence(config.defence),
      defenceSettings,
      ...(judge && { suspicion: (clicks) => judge.scores(clicks, { seed, device }) }),
    });
    const { targetHitRate, recall, hitRate, ndcg, genuine, fake } = result;
    return { targetHitRate, recall, hitRate, ndcg, genuine, fake: fakes && fake };
  },
};
