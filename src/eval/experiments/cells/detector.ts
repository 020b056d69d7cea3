/** @file The kind `detector`: a detector on some attacks, judged without leaks and with them. */

import { attackKind, budgetFor, craftFakes, type Goal } from '../../../attack/index.ts';
import { random, readNpz, type SparseMatrix } from '../../../data/index.ts';
import { detector } from '../../../defence/index.ts';
import type { CellKind } from '../../../grid/index.ts';
import type { AttackCase } from '../../detection/attack-case.ts';
import { type DetectionResult, evaluateDetectors } from '../../detection/protocol.ts';
import { checkFakes } from '../../files/check-fakes.ts';
import { readStudyData } from '../study-data.ts';
import type { AttackConfig } from './attack.ts';
import { cellDevice } from './attack-run.ts';

/** What detection depends on, beside the attacks, which are its inputs by their names. */
export interface DetectorConfig {
  /** The digest of the data (`studyDigest`). */
  readonly data: string;
  readonly detector: string;
  /** The methods and the targets of the inputs, by their names. */
  readonly attacks: { readonly [name: string]: Pick<AttackConfig, 'targets'> & { method: string } };
  /** Heuristics by name that are drawn here, with fake users of lengths like genuine ones. */
  readonly heuristics: readonly string[];
  readonly heuristicTargets: readonly number[];
  /** Fake users of each heuristic. */
  readonly count: number;
  readonly seed: number;
  /** Samples of the bootstrap. */
  readonly resamples: number;
  readonly precision: 'f32';
}

/** What a detector gives on an attack, without the scores. */
export type DetectorRow = Omit<DetectionResult, 'detector' | 'scores' | 'seconds'>;

/** A detector on all attacks that it can judge. */
export interface DetectorRows {
  readonly rows: readonly DetectorRow[];
}

/** A detector on attacks, leave one attack out; attacks that share a target are no others. */
export const detectorCell: CellKind<DetectorConfig, DetectorRows> = {
  name: 'detector',
  version: 2,
  describe: (config) => `${config.detector}, seed ${config.seed}`,
  data: ({ data }) => [data],
  memory: () => 2e9,
  async run(config, inputs, context) {
    const data = await readStudyData(context.data(config.data), config.data);
    const attacks: AttackCase[] = [];
    for (const [name, { method, targets }] of Object.entries(config.attacks)) {
      const path = inputs[name].file('fakes.npz');
      const fakes = await readNpz(path);
      checkFakes(path, fakes, data);
      attacks.push({ name, method, targets, fakes });
    }
    attacks.push(...(await heuristics(config, data.train)));
    const { results } = await evaluateDetectors(data.train, attacks, {
      detectors: [detector(config.detector)],
      seed: config.seed,
      resamples: config.resamples,
      leaky: true,
      disjointTargets: true,
      device: await cellDevice(context),
    });
    return {
      rows: results.map(({ detector: _detector, scores: _scores, seconds: _seconds, ...row }) => {
        return row;
      }),
    };
  },
};

async function heuristics(
  { heuristics: names, heuristicTargets: targets, count, seed }: DetectorConfig,
  train: SparseMatrix,
): Promise<AttackCase[]> {
  const goal: Goal = { kind: 'promote', targets };
  const attacks: AttackCase[] = [];
  for (const name of names) {
    const lengths = random(seed).fork(`lengths of ${name}`);
    const budget = budgetFor(train, count, 'genuine', goal, lengths);
    const fakes = await craftFakes(attackKind(name), { train, goal, budget, seed });
    attacks.push({ name, method: name, targets, fakes });
  }
  return attacks;
}
