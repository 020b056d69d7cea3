/** @file `seeds`: how much of an attack is fitted to its surrogate's seed, and what helps. */

import type { Cell } from '../../grid/index.ts';
import { type Estimate, estimate } from '../metrics/interval.ts';
import { type CurvePoint, curves } from '../report/charts.ts';
import { estimateText, htmlFigure, htmlTable, missing, paragraph } from '../report/html.ts';
import type { AttackResult, LearnedPlan } from './cells/attack.ts';
import type { VictimResult } from './cells/victim.ts';
import type { Experiment, Results, Scope, Section } from './experiment.ts';
import { attackBy, attackedVictim, cleanVictim, learnedPlan, victimModels } from './published.ts';
import { statedTable2 } from './table2.ts';

const stratum = 'head';

/** Forms of the attack: through which seeds it learns, and which judge its best iteration. */
const forms: readonly { readonly name: string; readonly plan: Partial<LearnedPlan> }[] = [
  { name: 'one seed, as published', plan: {} },
  { name: 'one seed, another judges', plan: { surrogateSeeds: '1', heldOutSeeds: 1 } },
  {
    name: 'a new seed each update, another judges',
    plan: { surrogateSeeds: 'new', heldOutSeeds: 1 },
  },
  { name: 'sum over three seeds, another judges', plan: { surrogateSeeds: '3', heldOutSeeds: 1 } },
];
type Form = (typeof forms)[number];

/** Repetitions whose victims' seeds each attack is tried on. */
const victimsOf = ({ quick }: Scope): readonly number[] => (quick ? [1] : [1, 2, 3]);

/** A victim that starts from a seed, and one that has none. */
const victims = ['WRMF', 'ItemCF'] as const;
type Victim = (typeof victims)[number];

const attack = ({ plan }: Form, seed: number, scope: Scope): Cell<AttackResult> =>
  attackBy({ ...learnedPlan('WRMF+SGD', scope.quick), ...plan }, stratum, seed, scope);

/** The victims of an attack, or without one: of ItemCF all seeds are the same. */
function victimCells(victim: Victim, form: Form | null, seed: number, scope: Scope) {
  const seeds = victim === 'ItemCF' ? [1] : victimsOf(scope);
  const model = victimModels[victim];
  return seeds.map((each): Cell<VictimResult> => {
    if (!form) return cleanVictim(model, each, scope);
    return attackedVictim(model, attack(form, seed, scope), each, scope);
  });
}

/** HR@50 of the targets over victims that are done. */
function hitRate(victim: Victim, form: Form | null, scope: Scope, results: Results) {
  const cells = scope.seeds.flatMap((seed) => victimCells(victim, form, seed, scope));
  const all = cells.map((cell) => results.of(cell));
  return estimate(all.flatMap((result) => (result ? [result.targets[stratum].hitRate] : [])));
}

/** What the surrogates themselves show at the iteration that was kept. */
function ownRate(form: Form, scope: Scope, results: Results): Estimate | null {
  const all = scope.seeds.map((seed) => results.of(attack(form, seed, scope)));
  return estimate(
    all.flatMap((result) =>
      result?.best ? [result.history[result.best.iteration].figures.targetHitRate] : [],
    ),
  );
}

const factor = (rate: Estimate | null, clean: Estimate | null): string =>
  rate && clean ? (rate.mean / clean.mean).toFixed(2) : missing;

function table(scope: Scope, results: Results): string {
  const clean = victims.map((victim) => hitRate(victim, null, scope, results));
  const rows = forms.map((form) => {
    const rates = victims.map((victim) => hitRate(victim, form, scope, results));
    return [
      form.name,
      estimateText(ownRate(form, scope, results)),
      ...rates.flatMap((rate, i) => [estimateText(rate), factor(rate, clean[i])]),
    ];
  });
  const header = ['form', 'its surrogates', ...victims.flatMap((v) => [`unseen ${v}`, 'factor'])];
  const first = ['without attack', missing, ...clean.flatMap((rate) => [estimateText(rate), '1'])];
  return htmlTable(header, [first, ...rows]);
}

/** HR@50 over the updates, on the surrogates and on the held-out seed. */
function course(scope: Scope, results: Results): CurvePoint[] {
  const judged = forms[1];
  const runs = scope.seeds.flatMap((seed) => results.of(attack(judged, seed, scope)) ?? []);
  if (runs.length === 0) return [];
  const length = Math.min(...runs.map(({ history }) => history.length));
  const curve = (series: string, own: boolean) =>
    Array.from({ length }, (_, i): CurvePoint => {
      const values = runs.map(({ history }) => {
        const { figures, heldOut } = history[i];
        return (own ? figures : (heldOut?.figures ?? figures)).targetHitRate;
      });
      const { mean, margin } = estimate(values) as Estimate;
      return { x: i, y: mean, margin, series };
    });
  return [...curve('surrogate', true), ...curve('another seed', false)];
}

function findings(scope: Scope, results: Results): string[] {
  const clean = hitRate('WRMF', null, scope, results);
  const reached = forms.flatMap((form) => {
    const rate = hitRate('WRMF', form, scope, results);
    return rate && clean ? [{ name: form.name, times: rate.mean / clean.mean }] : [];
  });
  if (reached.length === 0) return [];
  const best = reached.reduce((a, b) => (b.times > a.times ? b : a));
  const { clean: before, attacked } = statedTable2.head;
  const stated = attacked.WRMF / before.WRMF;
  return [
    `On a WRMF victim of an unseen seed the best of these forms is: ${best.name}, ` +
      `${best.times.toFixed(2)} times the rate without attack. The paper's Table 2 has ` +
      `${stated.toFixed(2)} times, which ` +
      (best.times >= stated
        ? 'it reaches.'
        : `none of the forms measured (${reached.length} of ${forms.length}) reaches.`),
  ];
}

/** Experiment beyond the paper. */
export const seeds: Experiment = {
  name: 'seeds',
  about: 'the attack through WRMF+SGD on victims of unseen seeds, and surrogates of several seeds',
  source: 'Beyond the paper',
  seeds: 1,
  onData: true,
  cells: (scope) =>
    scope.seeds.flatMap((seed) => [
      ...victims.flatMap((victim) => victimCells(victim, null, seed, scope)),
      ...forms.flatMap((form) => [
        attack(form, seed, scope),
        ...victims.flatMap((victim) => victimCells(victim, form, seed, scope)),
      ]),
    ]),
  async section(scope, results): Promise<Section> {
    const paper = paragraph(
      'The paper reports victims of WRMF beside surrogates of WRMF and does not say whether both ' +
        'start from the same seed.',
    );
    const points = course(scope, results);
    const axes = { x: 'update', y: 'HR@50 of the target set' };
    const caption = 'the course of one attack on its own surrogate, and on one of another seed';
    const picture = points.length > 0 ? htmlFigure(await curves(points, axes), caption) : '';
    return {
      paper,
      measured: picture + table(scope, results),
      wide: true,
      findings: scope.quick ? [] : findings(scope, results),
      figures: victims.flatMap((victim) =>
        [null, ...forms].map((form) => ({
          name: `HR@50 of head items, ${form?.name ?? 'without attack'}, ${victim} of unseen seeds`,
          measured: hitRate(victim, form, scope, results),
        })),
      ),
    };
  },
};
