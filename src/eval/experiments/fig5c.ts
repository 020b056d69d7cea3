/** @file `fig5c`: fake and real users in the latent space of two victims. */

import { type Cell, defineCell } from '../../grid/index.ts';
import type { LatentPlane } from '../detection/latent-plane.ts';
import { estimate } from '../metrics/interval.ts';
import { latentChart } from '../report/detection-charts.ts';
import { htmlFigure, paragraph } from '../report/html.ts';
import { latentCell } from './cells/latent.ts';
import { dataOf, type Experiment, type Results, type Scope, type Section } from './experiment.ts';
import { attackOf, settingsFor, victimSeed } from './published.ts';

/** The rows and the columns of the figure. */
const victims = [
  { title: 'WRMF', model: 'wrmf-sgd' },
  { title: 'Mult-VAE', model: 'mult-vae' },
] as const;
const attacks = ['RandFilter', 'WRMF+SGD'] as const;

/** What the paper sees in each panel. */
const seen = { WRMF: ['a cluster', 'no cluster'], 'Mult-VAE': ['no word', 'suspect'] };

const panels = victims.flatMap((victim) =>
  attacks.map((attack, i) => ({ ...victim, attack, said: seen[victim.title][i] })),
);
type Panel = (typeof panels)[number];

const planeOf = ({ model, attack }: Panel, seed: number, scope: Scope): Cell<LatentPlane> =>
  defineCell(
    latentCell,
    {
      data: dataOf(scope).digest,
      model,
      settings: settingsFor(model, scope.quick),
      seed: victimSeed(seed),
      sample: 500,
      precision: 'f32',
    },
    { attack: attackOf(attack, 'head', seed, scope) },
  );

type Point = LatentPlane['points'][number];

/** The distances from a point to the nearest fake user and to the next, and the nearest itself. */
function nearest({ x, y }: Point, fakes: readonly Point[]) {
  let [first, second] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let fake: Point | undefined;
  for (const other of fakes) {
    const distance = Math.hypot(other.x - x, other.y - y);
    if (distance < first) [fake, first, second] = [other, distance, first];
    else if (distance < second) second = distance;
  }
  return { fake, first, second };
}

/**
 * How well the distance to the nearest other fake user tells fake from real users: the mean ROC-AUC of
 * a fake user among the real ones by the distance to the nearest of the others, which are as many for
 * both. It is 1 where fake users are a cluster apart, 1/2 where they lie among the others. Null of a
 * single fake user, which has no other.
 */
function clustering({ points }: LatentPlane): number | null {
  const fakes = points.filter(({ fake }) => fake);
  const real = points.filter(({ fake }) => !fake).map((point) => nearest(point, fakes));
  if (fakes.length < 2 || real.length === 0) return null;
  let above = 0;
  for (const fake of fakes) {
    // The nearest of all is the fake user itself, at 0, or one at the same place.
    const own = nearest(fake, fakes).second;
    for (const each of real) {
      const distance = each.fake === fake ? each.second : each.first;
      if (distance >= own) above += distance > own ? 1 : 0.5;
    }
  }
  return above / (fakes.length * real.length);
}

async function measuredPart(scope: Scope, results: Results): Promise<string> {
  const [seed] = scope.seeds;
  const figures: string[] = [];
  for (const panel of panels) {
    const plane = results.of(planeOf(panel, seed, scope));
    if (!plane) continue;
    const area = clustering(plane);
    const apart =
      area === null
        ? 'the fake user red'
        : 'fake users red; the distance to the nearest other one tells them apart with ROC-AUC ' +
          area.toFixed(2);
    const caption = `${panel.attack} in the latent space of ${panel.title}, seed ${seed}: ${apart}`;
    figures.push(htmlFigure(await latentChart(plane), caption));
  }
  return figures.length > 0 ? `<div class="pair">${figures.join('\n')}</div>` : '';
}

function findings(scope: Scope, results: Results): string[] {
  const shown = panels.flatMap((panel) => {
    const plane = results.of(planeOf(panel, scope.seeds[0], scope));
    return plane ? [{ panel, plane }] : [];
  });
  if (shown.length === 0) return [];
  const known = shown.flatMap(({ panel: { attack, title, said }, plane }) => {
    const area = clustering(plane);
    return area === null ? [] : [`${area.toFixed(2)} for ${attack} in ${title} (${said})`];
  });
  const real = shown[0].plane.points.filter(({ fake }) => !fake).length;
  const { users } = dataOf(scope);
  return [
    ...(known.length > 0
      ? [
          'ROC-AUC of the distance to the nearest other fake user, 1 where they are a cluster apart and 1/2 ' +
            `where they lie among the others, with what the paper sees: ${known.join('; ')}.`,
        ]
      : []),
    'The factors shown are those whose inner products with the items are the scores: of Mult-VAE ' +
      'the last hidden layer of its decoder. The planes are those of all users; ' +
      (real < users ? `${real} of ${users} real users are drawn.` : 'all real users are drawn.'),
  ];
}

/** Figure 5(c). */
export const fig5c: Experiment = {
  name: 'fig5c',
  about: 'fake and real users in the latent space of WRMF and Mult-VAE, head items as targets',
  source: 'Figure 5(c)',
  seeds: 1,
  onData: true,
  cells: (scope) =>
    scope.seeds.flatMap((seed) => [
      ...panels.map((panel) => planeOf(panel, seed, scope)),
      ...attacks.map((attack) => attackOf(attack, 'head', seed, scope)),
    ]),
  async section(scope, results): Promise<Section> {
    const paper = paragraph(
      'The paper projects user embeddings to a plane by PCA. Fake users of RandFilter form a ' +
        'cluster in the latent space of WRMF; those of WRMF+SGD do not, but are suspect in the ' +
        'latent space of Mult-VAE.',
    );
    const measured = await measuredPart(scope, results);
    const figures = panels.map((panel) => {
      const plane = results.of(planeOf(panel, scope.seeds[0], scope));
      const name = `ROC-AUC of the distance to the nearest fake user, ${panel.attack}, ${panel.title}`;
      const area = plane && clustering(plane);
      return { name, measured: area === null ? null : estimate([area]) };
    });
    const found = scope.quick ? [] : findings(scope, results);
    return { paper, measured, wide: true, findings: found, figures };
  },
};
