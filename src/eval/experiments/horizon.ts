/** @file `horizon`: the attack through WRMF+SGD against the unrolled epochs, up to all of them. */

import { type Cell, defineCell } from '../../grid/index.ts';
import { estimate } from '../metrics/interval.ts';
import { type CurvePoint, curves } from '../report/charts.ts';
import { estimateText, htmlFigure, htmlTable, missing, paragraph } from '../report/html.ts';
import { listed } from '../report/words.ts';
import type { LearnedPlan } from './cells/attack.ts';
import { type GradientResult, gradientCell } from './cells/gradient.ts';
import type { VictimFigures } from './cells/victim.ts';
import {
  changeTogether,
  highestOf,
  meansTogether,
  oneSeedNote,
  seedsTogether,
  verdicts,
} from './comparison.ts';
import type { Experiment, Figure, Results, Scope, Section } from './experiment.ts';
import { attackBy, attackedVictim, attackGround, learnedPlan, victimModels } from './published.ts';

const stratum = 'head';

/** Victims that train in seconds: one of the surrogate's kind, one of another. */
const victims = ['WRMF', 'ItemCF'] as const;
type Victim = (typeof victims)[number];

/** The published attack through WRMF+SGD, whatever it unrolls. */
const planFor = ({ quick }: Scope): LearnedPlan => learnedPlan('WRMF+SGD', quick);

/** The epochs of a training, and those that are unrolled. */
function epochsOf(scope: Scope): { readonly all: number; readonly unrolled: readonly number[] } {
  const all = Number(planFor(scope).settings.epochs);
  const unrolled = scope.quick ? [1, 5, all] : [1, 2, 5, 10, 20, 35, all];
  return { all, unrolled };
}

const attack = (epochs: number, seed: number, scope: Scope) =>
  attackBy({ ...planFor(scope), unrolled: { epochs } }, stratum, seed, scope);

const victimOf = (
  victim: Victim,
  epochs: number,
  seed: number,
  scope: Scope,
): Cell<VictimFigures> =>
  attackedVictim(victimModels[victim], attack(epochs, seed, scope), seed, scope);

/** The truncated gradients at the first fake users, or at those that the published attack learns. */
function gradients(where: 'start' | 'learned', seed: number, scope: Scope): Cell<GradientResult> {
  const { unrolled: _, ...plan } = planFor(scope);
  const epochs = Array.from({ length: epochsOf(scope).all }, (_, i) => i + 1);
  const config = { ...attackGround(stratum, seed, scope), plan, epochs };
  const published = attackBy(planFor(scope), stratum, seed, scope);
  return defineCell(gradientCell, config, where === 'learned' ? { attack: published } : {});
}

/** A number of each length, over the seeds that there are. */
function series(
  name: string,
  lengths: readonly number[],
  scope: Scope,
  number: (epochs: number, seed: number) => number | null | undefined,
): CurvePoint[] {
  return lengths.flatMap((epochs) => {
    const mean = estimate(scope.seeds.flatMap((seed) => number(epochs, seed) ?? []));
    return mean ? [{ x: epochs, y: mean.mean, margin: mean.margin, series: name }] : [];
  });
}

const hitRateOf = (victim: Victim, epochs: number, seed: number, scope: Scope, results: Results) =>
  results.of(victimOf(victim, epochs, seed, scope))?.targets[stratum].hitRate;

const strengths = (scope: Scope, results: Results): CurvePoint[] =>
  victims.flatMap((victim) =>
    series(victim, epochsOf(scope).unrolled, scope, (epochs, seed) =>
      hitRateOf(victim, epochs, seed, scope, results),
    ),
  );

/** The iterations of which an attack kept the best. */
const kept = (epochs: number, seed: number, scope: Scope, results: Results) => {
  const result = results.of(attack(epochs, seed, scope));
  return result?.best ? result.history[result.best.iteration] : undefined;
};

const places = { start: 'first update', learned: 'kept fake users' } as const;
type Place = keyof typeof places;

const errorAt = (place: Place, epochs: number, seed: number, scope: Scope, results: Results) =>
  results.of(gradients(place, seed, scope))?.errors.find((error) => error.epochs === epochs);

/** Of all fake users together, and of each by itself, as an attack normalises them. */
function cosineCurves(scope: Scope, results: Results): CurvePoint[] {
  const { all } = epochsOf(scope);
  const every = Array.from({ length: all }, (_, i) => i + 1);
  return (Object.keys(places) as Place[]).flatMap((place) =>
    (['cosine', 'rowCosine'] as const).flatMap((kind) =>
      series(
        `${places[place]}${kind === 'rowCosine' ? ', by user' : ''}`,
        every,
        scope,
        (epochs, seed) => errorAt(place, epochs, seed, scope, results)?.[kind],
      ),
    ),
  );
}

/** All numbers, a row an unrolled length. */
function table(scope: Scope, results: Results): string {
  const over = (epochs: number, digits: number, number: (seed: number) => number | undefined) => {
    const [point] = series('', [epochs], scope, (_, seed) => number(seed));
    return point ? estimateText({ mean: point.y, margin: point.margin }, digits) : missing;
  };
  const rows = epochsOf(scope).unrolled.map((epochs) => {
    const error = (seed: number) => errorAt('start', epochs, seed, scope, results);
    const own = (seed: number) => kept(epochs, seed, scope, results);
    return [
      `${epochs}`,
      ...victims.map((victim) =>
        over(epochs, 4, (seed) => hitRateOf(victim, epochs, seed, scope, results)),
      ),
      over(epochs, 4, (seed) => own(seed)?.figures.targetHitRate),
      over(epochs, 0, (seed) => own(seed)?.loss),
      over(epochs, 3, (seed) => error(seed)?.cosine),
      over(epochs, 3, (seed) => error(seed)?.normRatio),
      over(epochs, 3, (seed) => error(seed)?.rowCosine),
    ];
  });
  const header = [
    'epochs',
    ...victims.map((victim) => `HR@50 ${victim}`),
    'HR@50 surrogate',
    'loss',
    'cosine',
    'norm ratio',
    'cosine by user',
  ];
  const caption =
    'Victims; the surrogate and its adversarial loss at the iteration that was kept; ' +
    'the truncated gradient of the first update beside the exact one';
  return htmlTable(header, rows, caption);
}

/** What truncation does to the gradient, in a sentence for each place where it is known. */
function gradientFindings(scope: Scope, results: Results): string[] {
  const { all } = epochsOf(scope);
  const published = 10;
  return (Object.keys(places) as Place[]).flatMap((place) => {
    const numbers = [published, all - 1].flatMap((epochs) =>
      (['cosine', 'normRatio', 'rowCosine'] as const).map(
        (kind) => (seed: number) => errorAt(place, epochs, seed, scope, results)?.[kind],
      ),
    );
    const means = meansTogether(scope.seeds, numbers);
    if (!means) return [];
    const [cosine, length, byUser, mostCosine, mostLength, mostByUser] = means;
    const digits = (number: number) => number.toFixed(3);
    const seeds = seedsTogether(scope.seeds, numbers);
    const note = oneSeedNote([{ name: places[place], seeds: seeds.length }]);
    return [
      `At the ${places[place]}${note && `${note},`} the gradient through the last ${published} of ${all} epochs has a ` +
        `cosine of ${digits(cosine)} with the exact one and ${digits(length)} of its length; of ` +
        `single fake users the mean cosine is ${digits(byUser)}. Through all epochs but the first ` +
        `it is ${digits(mostCosine)} (${digits(mostByUser)} by user), with ${digits(mostLength)} ` +
        'of the length: ' +
        (mostLength < 0.5
          ? 'most of the exact gradient comes from the first epoch of training.'
          : 'the later epochs hold more than half of its length.'),
    ];
  });
}

/** What the unrolled length does to the victims, by the seeds at which all measured lengths are. */
function strengthFindings(scope: Scope, results: Results): string[] {
  const { unrolled } = epochsOf(scope);
  return victims.flatMap((victim) => {
    const rate = (epochs: number) => (seed: number) =>
      hitRateOf(victim, epochs, seed, scope, results);
    const lengths = unrolled.filter((epochs) => meansTogether(scope.seeds, [rate(epochs)]));
    const means = meansTogether(scope.seeds, lengths.map(rate));
    if (!means) return [];
    const own = lengths.map((epochs, i) => ({ epochs, mean: means[i] }));
    const cut = own.find(({ epochs }) => epochs === 10);
    const last = own[own.length - 1];
    if (!cut || last.epochs === 10) return [];
    const best = highestOf(own, ({ mean }) => mean);
    const isWhole = own.length === unrolled.length;
    const names = listed(best.map(({ epochs }) => `${epochs}`));
    const seeds = seedsTogether(scope.seeds, lengths.map(rate));
    const longer = lengths
      .filter((epochs) => epochs > 10)
      .map((epochs) => ({
        name: `${epochs}`,
        change: changeTogether(seeds, rate(10), rate(epochs)),
      }));
    return [
      `HR@50 on ${victim}: ${cut.mean.toFixed(4)} with the published 10 epochs, ` +
        `${last.mean.toFixed(4)} with ${last.epochs}; the highest${isWhole ? '' : ' measured'} is ` +
        `${best[0].mean.toFixed(4)} with ${names}${oneSeedNote([{ name: victim, seeds: seeds.length }])}. ` +
        `More epochs against the published 10, paired by seed: ${verdicts(longer, 4)}.`,
    ];
  });
}

function figures(scope: Scope, results: Results): Figure[] {
  const { all, unrolled } = epochsOf(scope);
  const over = (number: (seed: number) => number | undefined) =>
    estimate(scope.seeds.flatMap((seed) => number(seed) ?? []));
  const cosines = [10, all - 1].map((epochs) => ({
    name: `cosine of the gradient through the last ${epochs} epochs with the exact one`,
    measured: over((seed) => errorAt('start', epochs, seed, scope, results)?.cosine),
  }));
  const rates = victims.flatMap((victim) =>
    unrolled.map((epochs) => ({
      name: `HR@50 of head items, τ = ${epochs} of ${all} epochs, ${victim}`,
      measured: over((seed) => hitRateOf(victim, epochs, seed, scope, results)),
    })),
  );
  return [...cosines, ...rates];
}

async function pictures(scope: Scope, results: Results): Promise<string> {
  const x = `unrolled epochs of ${epochsOf(scope).all}`;
  const found: string[] = [];
  const rates = strengths(scope, results);
  if (rates.length > 0) {
    const svg = await curves(rates, { x, y: 'HR@50 of the target set', dots: true });
    found.push(htmlFigure(svg, 'victims of seeds other than the surrogate’s'));
  }
  const errors = cosineCurves(scope, results);
  if (errors.length > 0) {
    const svg = await curves(errors, { x, y: 'cosine with the exact gradient' });
    const caption =
      'the truncated gradient at the first update and at the kept fake users: of all together, ' +
      'and the mean over them, each by itself';
    found.push(htmlFigure(svg, caption));
  }
  return found.length > 0 ? `<div class="pair">${found.join('\n')}</div>` : '';
}

/** Experiment beyond the paper. */
export const horizon: Experiment = {
  name: 'horizon',
  about: 'attack strength and error of the gradient against the unrolled epochs',
  source: 'Beyond the paper',
  seeds: 1,
  onData: true,
  cells: (scope) =>
    scope.seeds.flatMap((seed) => [
      gradients('start', seed, scope),
      gradients('learned', seed, scope),
      attackBy(planFor(scope), stratum, seed, scope),
      ...epochsOf(scope).unrolled.flatMap((epochs) => [
        attack(epochs, seed, scope),
        ...victims.map((victim) => victimOf(victim, epochs, seed, scope)),
      ]),
    ]),
  async section(scope, results): Promise<Section> {
    const paper = paragraph(
      'The paper unrolls the last 10 of 50 epochs on Gowalla: its program needs 2.6 GB of memory ' +
        'for each unrolled epoch, so that more could not be afforded.',
    );
    const shown = await pictures(scope, results);
    const measured = shown === '' ? '' : shown + table(scope, results);
    const sentences = [...gradientFindings(scope, results), ...strengthFindings(scope, results)];
    const found = scope.quick ? [] : sentences;
    return { paper, measured, wide: true, findings: found, figures: figures(scope, results) };
  },
};
