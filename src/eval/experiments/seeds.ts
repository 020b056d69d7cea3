/** @file `seeds`: how much of an attack is fitted to its surrogate's seed, and what helps. */

import type { Cell } from '../../grid/index.ts';
import { type Estimate, estimate } from '../metrics/interval.ts';
import { type CurvePoint, curves } from '../report/charts.ts';
import { estimateText, htmlFigure, htmlTable, missing, paragraph } from '../report/html.ts';
import { listed } from '../report/words.ts';
import type { AttackResult, LearnedPlan } from './cells/attack.ts';
import type { VictimFigures } from './cells/victim.ts';
import { highestOf, meansTogether, oneSeedNote } from './comparison.ts';
import { type Experiment, ofSeed, type Results, type Scope, type Section } from './experiment.ts';
import { attackBy, attackedVictim, cleanVictim, learnedPlan, victimModels } from './published.ts';
import { statedTable2 } from './table2.ts';

const stratum = 'head';

/** A form of the attack: through which seeds it learns, and which judge its best iteration. */
interface Form {
  readonly name: string;
  readonly plan: Partial<LearnedPlan>;
  /** How many times the published epochs it unrolls; by default once. */
  readonly horizon?: number;
}

const forms: readonly Form[] = [
  { name: 'one seed, as published', plan: {} },
  { name: 'one seed, another judges', plan: { surrogateSeeds: '1', heldOutSeeds: 1 } },
  {
    name: 'a new seed each update, another judges',
    plan: { surrogateSeeds: 'new', heldOutSeeds: 1 },
  },
  {
    name: 'a new seed each update, twice the epochs unrolled, another judges',
    plan: { surrogateSeeds: 'new', heldOutSeeds: 1 },
    horizon: 2,
  },
  { name: 'sum over three seeds, another judges', plan: { surrogateSeeds: '3', heldOutSeeds: 1 } },
];

/** Repetitions whose victims' seeds each attack is tried on. */
const victimsOf = ({ quick }: Scope): readonly number[] => (quick ? [1] : [1, 2, 3]);

/** A victim that starts from a seed, and one that has none. */
const victims = ['WRMF', 'ItemCF'] as const;
type Victim = (typeof victims)[number];

function attack({ plan, horizon = 1 }: Form, seed: number, scope: Scope): Cell<AttackResult> {
  const published = learnedPlan('WRMF+SGD', scope.quick);
  const unrolled = { epochs: horizon * published.unrolled.epochs };
  return attackBy({ ...published, ...plan, unrolled }, stratum, seed, scope);
}

/** The victims of an attack, or without one: of ItemCF all seeds are the same. */
function victimCells(victim: Victim, form: Form | null, seed: number, scope: Scope) {
  const seeds = victim === 'ItemCF' ? [1] : victimsOf(scope);
  const model = victimModels[victim];
  return seeds.map((each): Cell<VictimFigures> => {
    if (!form) return cleanVictim(model, each, scope);
    return attackedVictim(model, attack(form, seed, scope), each, scope);
  });
}

const rateOf = (cell: Cell<VictimFigures>, results: Results): number | undefined =>
  results.of(cell)?.targets[stratum].hitRate;

/**
 * HR@50 of the targets over victims that are done; those without attack are of every repetition. The
 * victims of one attack share its fake users and are no samples of the form: where several attacks
 * are done, the interval is that of the attacks' means.
 */
function hitRate(victim: Victim, form: Form | null, scope: Scope, results: Results) {
  const repetitions = form ? scope.seeds : scope.seeds.slice(0, 1);
  const attacks = repetitions.flatMap((seed) => {
    const cells = victimCells(victim, form, seed, scope);
    return estimate(cells.flatMap((cell) => rateOf(cell, results) ?? [])) ?? [];
  });
  return attacks.length === 1 ? attacks[0] : estimate(attacks.map(({ mean }) => mean));
}

/**
 * By what some forms multiply the rate without attack: over the victims that are done without attack
 * and with each of these forms. Null where there is none, or where they never recommend the targets.
 */
function factorsOf(victim: Victim, some: readonly Form[], scope: Scope, results: Results) {
  const pairs = scope.seeds.flatMap((seed) =>
    victimCells(victim, null, seed, scope).map((clean, i) => ({ seed, clean, i })),
  );
  type Pair = (typeof pairs)[number];
  const [clean, ...rates] =
    meansTogether(pairs, [
      (pair) => rateOf(pair.clean, results),
      ...some.map((form) => ({ seed, i }: Pair) => {
        return rateOf(victimCells(victim, form, seed, scope)[i], results);
      }),
    ]) ?? [];
  return clean > 0 ? rates.map((rate) => rate / clean) : null;
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

function table(scope: Scope, results: Results): string {
  const clean = victims.map((victim) => hitRate(victim, null, scope, results));
  const rows = forms.map((form) => [
    form.name,
    estimateText(ownRate(form, scope, results)),
    ...victims.flatMap((victim) => [
      estimateText(hitRate(victim, form, scope, results)),
      factorsOf(victim, [form], scope, results)?.[0].toFixed(2) ?? missing,
    ]),
  ]);
  const header = ['form', 'its surrogates', ...victims.flatMap((v) => [`unseen ${v}`, 'factor'])];
  const first = [
    'without attack',
    missing,
    ...clean.flatMap((rate) => [estimateText(rate), rate?.mean ? '1' : missing]),
  ];
  const caption =
    'Intervals of 95 % over the victims of one attack or, where several attacks are done, over the ' +
    'means of their victims';
  return htmlTable(header, [first, ...rows], caption);
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

/** A form, and by what it multiplies the rate of WRMF without attack. */
interface Reached {
  readonly name: string;
  readonly times: number;
  /** Of how many seeds its attacks are. */
  readonly seeds: number;
}

/** What each form reaches: all by the same victims, or, where some lack, those that there are. */
function reachedBy(scope: Scope, results: Results): Reached[] {
  const all = factorsOf('WRMF', forms, scope, results);
  return forms.flatMap((form, i) => {
    const some = all ? forms : [form];
    const times = all?.[i] ?? factorsOf('WRMF', some, scope, results)?.[0];
    if (times === undefined) return [];
    const isDone = (seed: number) => factorsOf('WRMF', some, ofSeed(scope, seed), results) !== null;
    return [{ name: form.name, times, seeds: scope.seeds.filter(isDone).length }];
  });
}

function findings(scope: Scope, results: Results): string[] {
  const reached = reachedBy(scope, results);
  if (reached.length === 0) return [];
  const isWhole = factorsOf('WRMF', forms, scope, results) !== null;
  const { clean: before, attacked } = statedTable2.head;
  const stated = attacked.WRMF / before.WRMF;
  const reaching = reached.filter(({ times }) => times >= stated).map(({ name }) => `“${name}”`);
  const whom =
    reaching.length > 0 ? listed(reaching) : `none of ${isWhole ? 'them' : 'those measured'}`;
  const named = reached.map(({ name, seeds }) => ({ name: `“${name}”`, seeds }));
  return [
    `On a WRMF victim of an unseen seed ${isWhole ? bestText(reached) : partText(reached)} times the ` +
      `rate without attack. The paper's Table 2 has ${stated.toFixed(2)} times, which ${whom} ` +
      `${reaching.length > 1 ? 'reach' : 'reaches'}${oneSeedNote(named)}.`,
  ];
}

function bestText(reached: readonly Reached[]): string {
  const best = highestOf(reached, ({ times }) => times);
  const names = listed(best.map(({ name }) => name));
  return `the best of these forms is: ${names}, ${best[0].times.toFixed(2)}`;
}

function partText(reached: readonly Reached[]): string {
  const list = reached.map(({ name, times }) => `“${name}” ${times.toFixed(2)}`).join('; ');
  const are = reached.length === 1 ? 'is' : 'are';
  return `${reached.length} of ${forms.length} forms ${are} measured: ${list}`;
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
    const caption =
      'the course of the attack that another seed judges: its own surrogate, and one of that seed' +
      (scope.seeds.length > 1 ? '; means over the attacks that are done' : '');
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
