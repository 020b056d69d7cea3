/** @file `fig5c`: fake and real users in the latent space of two victims. */

import { type Cell, defineCell } from '../../grid/index.ts';
import type { LatentPlane } from '../detection/latent-plane.ts';
import { rocAuc } from '../detection/roc.ts';
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

const panels = victims.flatMap((victim) => attacks.map((attack) => ({ ...victim, attack })));
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

/**
 * How well the distance to the nearest fake user tells fake from real users: ROC-AUC, 1 where fake
 * users are a cluster apart, 1/2 where they lie among the others.
 */
function clustering({ points }: LatentPlane): number {
  const fakes = points.filter(({ fake }) => fake);
  const scores = points.map((point) => {
    const others = fakes.filter((fake) => fake !== point);
    return -Math.min(...others.map(({ x, y }) => Math.hypot(x - point.x, y - point.y)));
  });
  return rocAuc({ scores, fake: points.map(({ fake }) => (fake ? 1 : 0)) });
}

async function measuredPart(scope: Scope, results: Results): Promise<string> {
  const [seed] = scope.seeds;
  const figures: string[] = [];
  for (const panel of panels) {
    const plane = results.of(planeOf(panel, seed, scope));
    if (!plane) continue;
    const caption =
      `${panel.attack} in the latent space of ${panel.title}, seed ${seed}: fake users red; the ` +
      `distance to the nearest fake user tells them apart with ROC-AUC ${clustering(plane).toFixed(2)}`;
    figures.push(htmlFigure(await latentChart(plane), caption));
  }
  return figures.length > 0 ? `<div class="pair">${figures.join('\n')}</div>` : '';
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
    const findings = [
      'The factors shown are those whose inner products with the items are the scores: of ' +
        'Mult-VAE the last hidden layer of its decoder. The planes are those of all users; 500 ' +
        'real users are drawn.',
    ];
    const measured = await measuredPart(scope, results);
    const figures = panels.map((panel) => {
      const plane = results.of(planeOf(panel, scope.seeds[0], scope));
      const name = `ROC-AUC of the distance to the nearest fake user, ${panel.attack}, ${panel.title}`;
      return { name, measured: plane && estimate([clustering(plane)]) };
    });
    const known = measured && !scope.quick ? findings : [];
    return { paper, measured, wide: true, findings: known, figures };
  },
};
