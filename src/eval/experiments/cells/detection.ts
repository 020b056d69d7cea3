/** @file The kind `detection`: all detectors on some attacks, judged without leaks and with them. */

import { attackKind, budgetFor, craftFakes, type Goal } from '../../../attack/index.ts';
import { random, readNpz, type SparseMatrix } from '../../../data/index.ts';
import { detector } from '../../../defence/index.ts';
import type { CellKind } from '../../../grid/index.ts';
import type { AttackCase } from '../../detection/attack-case.ts';
import { type DetectionResult, evaluateDetectors } from '../../detection/protocol.ts';
import { readStudyData } from '../study-data.ts';
import type { AttackConfig } from './attack.ts';
import { cellDevice } from './attack-run.ts';

/** What detection depends on, beside the attacks, which are its inputs by their names. */
export interface DetectionConfig {
  /** The digest of the data (`studyDigest`). */
  readonly data: string;
  readonly detectors: readonly string[];
  /** The methods and the targets of the inputs, by their names. */
  readonly attacks: { readonly [name: string]: Pick<AttackConfig, 'targets'> & { method: string } };
  /** Heuristics by name that are drawn here, with fake users of lengths like genuine ones. */
  readonly heuristics: readonly string[];
  readonly heuristicTargets: readonly number[];
  /** Fake users of each heuristic. */
  readonly count: number;
  readonly seed: number;
  readonly resamples: number;
  readonly precision: 'f32';
}

/** What a detector gives on an attack, without the scores. */
export type DetectionRow = Omit<DetectionResult, 'scores' | 'seconds'>;

/** All detectors on all attacks. */
export interface DetectionRows {
  readonly rows: readonly DetectionRow[];
}

/** Detectors on attacks, leave one attack out; attacks that share a target are no others. */
export const detectionCell: CellKind<DetectionConfig, DetectionRows> = {
  name: 'detection',
  version: 1,
  describe: ({ seed, detectors }) => `${detectors.length} detectors, seed ${seed}`,
  data: ({ data }) => [data],
  memory: () => 3e9,
  async run(config, inputs, context) {
    const { train } = await readStudyData(context.data(config.data), config.data);
    const learned: AttackCase[] = [];
    for (const [name, { method, targets }] of Object.entries(config.attacks)) {
      const fakes = await readNpz(inputs[name].file('fakes.npz'));
      learned.push({ name, method, targets, fakes });
    }
    const attacks = [...learned, ...(await heuristics(config, train))];
    const device = await cellDevice(context);
    const { results } = await evaluateDetectors(train, attacks, {
      detectors: config.detectors.map(detector),
      seed: config.seed,
      resamples: config.resamples,
      leaky: true,
      disjointTargets: true,
      device,
    });
    return { rows: results.map(({ scores: _scores, seconds: _seconds, ...row }) => row) };
  },
};

async function heuristics(
  { heuristics: names, heuristicTargets: targets, count, seed }: DetectionConfig,
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
