/** @file `fig5b`: how popular the items are that fake and real users click. */

import { type Cell, defineCell } from '../../grid/index.ts';
import { estimate } from '../metrics/interval.ts';
import { popularityChart } from '../report/detection-charts.ts';
import { htmlFigure, paragraph } from '../report/html.ts';
import { type PopularityResult, popularityCell } from './cells/popularity.ts';
import { dataOf, type Experiment, type Scope, type Section } from './experiment.ts';
import { attackOf } from './published.ts';

/** The attacks of the figure. */
const names = ['RandFilter', 'WRMF+SGD'] as const;

const attacks = (seed: number, scope: Scope) =>
  Object.fromEntries(names.map((name) => [name, attackOf(name, 'head', seed, scope)]));

/** The densities of a repetition; the figure shows the first one. */
const densities = (seed: number, scope: Scope): Cell<PopularityResult> =>
  defineCell(
    popularityCell,
    { data: dataOf(scope).digest, sample: 500, seed, points: 96 },
    attacks(seed, scope),
  );

/** By how much two densities differ: half of the area between them, from 0 to 1. */
function distance({ densities: points }: PopularityResult, a: string, b: string): number {
  const [p, q] = [a, b].map((name) => points.filter(({ group }) => group === name));
  const place = ({ popularity }: { popularity: number }) => Math.log10(1 + popularity);
  const step = place(p[1]) - place(p[0]);
  return p.reduce((sum, { density }, i) => sum + 0.5 * step * Math.abs(density - q[i].density), 0);
}

function findings(result: PopularityResult): string[] {
  const [random, learned] = names.map((name) => distance(result, 'Normal', name).toFixed(2));
  return [
    `Half of the area between the density of real users and that of an attack: ${random} for ` +
      `${names[0]}, ${learned} for ${names[1]}. The paper finds that clicks of RandFilter have ` +
      'random popularity, and that those of WRMF+SGD differ only marginally from real ones.',
  ];
}

/** Figure 5(b). */
export const fig5b: Experiment = {
  name: 'fig5b',
  about: 'popularity of the items that fake and real users click, head items as targets',
  source: 'Figure 5(b)',
  seeds: 1,
  onData: true,
  cells: (scope) =>
    scope.seeds.flatMap((seed) => [...Object.values(attacks(seed, scope)), densities(seed, scope)]),
  async section(scope, results): Promise<Section> {
    const result = results.of(densities(scope.seeds[0], scope));
    const paper = paragraph(
      'The paper draws three densities without numbers: Normal, 500 real users; RandFilter, spread ' +
        'over all items; WRMF+SGD, close to Normal.',
    );
    if (!result) return { paper, measured: '', findings: [] };
    const picture = await popularityChart(result.densities);
    const measured = htmlFigure(
      picture,
      `density over the popularity of clicked items, seed ${scope.seeds[0]}`,
    );
    const figures = names.map((name) => ({
      name: `half of the area between the densities of real users and ${name}`,
      measured: estimate([distance(result, 'Normal', name)]),
    }));
    return { paper, measured, findings: scope.quick ? [] : findings(result), figures };
  },
};
