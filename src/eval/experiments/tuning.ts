/** @file `tuning`: the outer descent of the attack through ItemAE, tried on seeds no figure shows. */

import { UserError } from '../../errors.ts';
import { type Estimate, estimate } from '../metrics/interval.ts';
import { estimateText, htmlTable, paragraph } from '../report/html.ts';
import { counted, listed } from '../report/words.ts';
import { changeTogether, highestOf, meansTogether, type OfSeed } from './comparison.ts';
import { type Experiment, ofSeed, type Results, type Scope, type Section } from './experiment.ts';
import {
  itemAeOuter,
  type OuterRates,
  syntheticAttackCell,
  type Tau,
  trainingSteps,
} from './synthetic-grid.ts';

/** Outer rates by momentum, and what was found by hand before. */
const tried: readonly OuterRates[] = [
  ...[0.1, 0.3, 1, 3].flatMap((learningRate) =>
    [0.9, 0.99].map((momentum) => ({ learningRate, momentum })),
  ),
  { learningRate: 1, momentum: 0.95 },
];

/** A part of all that keeps every step of the work. */
const partsOf = (scope: Scope) =>
  scope.quick
    ? { steps: [0, trainingSteps(scope)], descents: tried.slice(2, 4) }
    : { steps: [...itemAeOuter.keys()], descents: tried };

/** Seeds of the figures, beyond which those of tuning begin. */
const figureSeeds = 100;

/** Attacks of the seeds 101, 102, …. */
const attacks = (tau: Tau, outer: OuterRates, scope: Scope) =>
  scope.seeds.map((seed) => syntheticAttackCell('item-ae', tau, outer, figureSeeds + seed, scope));

const stepsText = (tau: Tau): string => (tau === 0 ? 'PD' : `τ = ${tau}`);

const nameOf = ({ learningRate, momentum }: OuterRates): string => `${learningRate}, ${momentum}`;

/** HR@10 of the target at the last update from a seed, where that is done. */
const rateOf =
  (tau: Tau, outer: OuterRates, scope: Scope, results: Results): OfSeed =>
  (seed) => {
    const [cell] = attacks(tau, outer, ofSeed(scope, seed));
    return results.of(cell)?.history.at(-1)?.figures.targetHitRate;
  };

/** HR@10 of the target at the last update, and how many seeds it is the mean of. */
const reached = (tau: Tau, outer: OuterRates, scope: Scope, results: Results): Estimate | null =>
  estimate(scope.seeds.flatMap((seed) => rateOf(tau, outer, scope, results)(seed) ?? []));

/** The descents of the highest mean, where all that are tried are done from every seed. */
function bestDescents(tau: Tau, scope: Scope, results: Results): OuterRates[] {
  const { descents } = partsOf(scope);
  const tried = descents.flatMap((outer) => {
    const rate = reached(tau, outer, scope, results);
    return rate?.count === scope.seeds.length ? [{ outer, mean: rate.mean }] : [];
  });
  if (tried.length < descents.length) return [];
  return highestOf(tried, ({ mean }) => mean).map(({ outer }) => outer);
}

/**
 * What gains most for a number of steps over what Figure 4(b) takes, paired by seed; null where nothing
 * does, undefined where what it takes is not done.
 */
function betterThanTaken(tau: Tau, scope: Scope, results: Results): string | null | undefined {
  const taken = itemAeOuter.get(tau) as OuterRates;
  const own = rateOf(tau, taken, scope, results);
  if (scope.seeds.every((seed) => own(seed) === undefined)) return undefined;
  const better = tried.flatMap((outer) => {
    const rate = rateOf(tau, outer, scope, results);
    const gain = changeTogether(scope.seeds, own, rate);
    return gain && gain.mean > 0 ? [{ outer, rate, gain }] : [];
  });
  if (better.length === 0) return null;
  const [{ outer, rate, gain }] = highestOf(better, ({ gain }) => gain.mean);
  const means = meansTogether(scope.seeds, [own, rate]) ?? [];
  const [before, after] = means.map((mean) => mean.toFixed(3));
  return (
    `for ${stepsText(tau)} rate ${outer.learningRate} and momentum ${outer.momentum} reach ${after} ` +
    `against ${before} (${counted(gain.count, 'seed')})`
  );
}

/** How what Figure 4(b) takes stands among what is tried. */
function standing(scope: Scope, results: Results): string {
  const all = itemAeOuter.keys();
  const found = [...all].map((tau) => [tau, betterThanTaken(tau, scope, results)] as const);
  const better = found.flatMap(([, text]) => text ?? []);
  const untried = found.flatMap(([tau, text]) => (text === undefined ? [stepsText(tau)] : []));
  const parts = [
    ...better,
    ...(untried.length > 0 ? [`it is not done for ${listed(untried)}`] : []),
  ];
  if (parts.length === 0) return 'What Figure 4(b) takes is the best of what is done here.';
  return `What Figure 4(b) takes was chosen from few tries. Here ${parts.join('; ')}.`;
}

function findings(scope: Scope, results: Results): string[] {
  const { steps, descents } = partsOf(scope);
  const done = steps.some((tau) => descents.some((outer) => reached(tau, outer, scope, results)));
  if (!done) return [];
  const known = steps.flatMap((tau) => {
    const best = bestDescents(tau, scope, results).map(nameOf);
    return best.length > 0 ? [`${best.join(' and ')} for ${stepsText(tau)}`] : [];
  });
  return [
    ...(known.length > 0
      ? [
          `Best mean of ${counted(scope.seeds.length, 'seed')}, where all ${descents.length} descents ` +
            `are done: ${known.join('; ')}.`,
        ]
      : []),
    standing(scope, results),
  ];
}

/** The outer descent of Figure 4(b). */
export const tuning: Experiment = {
  name: 'tuning',
  about: 'outer rate and momentum of the attack through ItemAE, on seeds that no figure shows',
  source: 'Beside Figure 4(b)',
  seeds: 3,
  onData: false,
  cells: (scope) => {
    if (scope.seeds.some((seed) => seed > figureSeeds)) {
      throw new UserError(
        `tuning has seeds from ${figureSeeds + 1} on, which no figure may show: give --seeds ` +
          `${figureSeeds} at most`,
      );
    }
    const { steps, descents } = partsOf(scope);
    return steps.flatMap((tau) => descents.flatMap((outer) => attacks(tau, outer, scope)));
  },
  async section(scope, results): Promise<Section> {
    const { steps, descents } = partsOf(scope);
    const rows = descents.map((outer) => [
      nameOf(outer),
      ...steps.map((tau) => estimateText(reached(tau, outer, scope, results), 3)),
    ]);
    const header = ['rate, momentum', ...steps.map(stepsText)];
    const isKnown = steps.some((tau) => descents.some((o) => reached(tau, o, scope, results)));
    return {
      paper: paragraph(
        'The published notebook tunes its outer rate; the paper does not say on which seeds.',
      ),
      measured: isKnown
        ? htmlTable(header, rows, 'HR@10 of the target at the last update, seeds from 101 on')
        : '',
      wide: true,
      findings: scope.quick ? [] : findings(scope, results),
    };
  },
};
