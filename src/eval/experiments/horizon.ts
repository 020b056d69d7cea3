/** @file `horizon`: the attack through WRMF+SGD against the unrolled epochs, up to all of them. */

import { type Cell, defineCell } from '../../grid/index.ts';
import { type Estimate, estimate } from '../metrics/interval.ts';
import { type CurvePoint, curves } from '../report/charts.ts';
import { estimateText, htmlFigure, htmlTable, missing, paragraph } from '../report/html.ts';
import type { LearnedPlan } from './cells/attack.ts';
import { type GradientResult, gradientCell } from './cells/gradient.ts';
import type { VictimResult } from './cells/victim.ts';
import type { Experiment, Results, Scope, Section } from './experiment.ts';
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

const victimOf = (victim: Victim, epochs: number, seed: number, scope: Scope): Cell<VictimResult> =>
  attackedVictim(victimModels[victim], attack(epochs, seed, scope), seed, scope);

/** The truncated gradients at the first fake users, or at those that the published attack learns. */
function gradients(where: 'start' | 'learned', seed: number, scope: Scope): Cell<GradientResult> {
  const { unrolled: _, ...plan } = planFor(scope);
  const epochs = Array.from({ length: epochsOf(scope).all }, (_, i) => i + 1);
  const config = { ...attackGround(stratum, seed, scope), plan, epochs };
  const published = attackBy(planFor(scope), stratum, seed, scope);
  return defineCell(gradientCell, config, where === 'learned' ? { attack: published } : {});
}

/** A number of each unrolled length, over the seeds that there are. */
function series(
  name: string,
  scope: Scope,
  number: (epochs: number, seed: number) => number | null | undefined,
): CurvePoint[] {
  return epochsOf(scope).unrolled.flatMap((epochs) => {
    const values = scope.seeds.flatMap((seed) => number(epochs, seed) ?? []);
    const mean = estimate(values);
    return mean ? [{ x: epochs, y: mean.mean, margin: mean.margin, series: name }] : [];
  });
}

const strengths = (scope: Scope, results: Results): CurvePoint[] =>
  victims.flatMap((victim) =>
    series(victim, scope, (epochs, seed) => {
      return results.of(victimOf(victim, epochs, seed, scope))?.targets[stratum].hitRate;
    }),
  );

function errors(scope: Scope, results: Results): CurvePoint[] {
  return (['start', 'learned'] as const).flatMap((where) =>
    series(`at the ${where === 'start' ? 'start' : 'learned fakes'}`, scope, (epochs, seed) => {
      const found = results.of(gradients(where, seed, scope))?.errors;
      return found?.find((error) => error.epochs === epochs)?.cosine;
    }),
  );
}

/** All numbers, a row an unrolled length. */
function table(scope: Scope, results: Results): string {
  const shown = (value: number | undefined, digits: number) => value?.toFixed(digits) ?? missing;
  const rows = epochsOf(scope).unrolled.map((epochs) => {
    const rates = victims.map((victim): Estimate | null =>
      estimate(
        scope.seeds.flatMap((seed) => {
          const result = results.of(victimOf(victim, epochs, seed, scope));
          return result ? [result.targets[stratum].hitRate] : [];
        }),
      ),
    );
    const [first] = scope.seeds;
    const found = results.of(gradients('start', first, scope))?.errors;
    const error = found?.find((each) => each.epochs === epochs);
    return [
      `${epochs}`,
      ...rates.map((rate) => estimateText(rate)),
      shown(error?.cosine, 3),
      shown(error?.normRatio, 3),
      shown(error?.rowCosine, 3),
    ];
  });
  const header = ['epochs', ...victims.map((victim) => `HR@50 ${victim}`)];
  return htmlTable([...header, 'cosine', 'norm ratio', 'cosine of rows'], rows);
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
    const { all } = epochsOf(scope);
    const paper = paragraph(
      'The paper unrolls the last 10 of 50 epochs on Gowalla: its program needs 2.6 GB of memory ' +
        'for each unrolled epoch, so that more could not be afforded.',
    );
    const rates = strengths(scope, results);
    const cosines = errors(scope, results);
    const pictures: string[] = [];
    const x = `unrolled epochs of ${all}`;
    if (rates.length > 0) {
      const svg = await curves(rates, { x, y: 'HR@50 of the target set', dots: true });
      pictures.push(htmlFigure(svg, 'victims of seeds other than the surrogate’s'));
    }
    if (cosines.length > 0) {
      const svg = await curves(cosines, { x, y: 'cosine with the exact gradient', dots: true });
      pictures.push(htmlFigure(svg, 'the truncated gradient of the first update, and of the last'));
    }
    const measured =
      pictures.length > 0
        ? `<div class="pair">${pictures.join('\n')}</div>${table(scope, results)}`
        : '';
    return { paper, measured, wide: true, findings: [] };
  },
};
