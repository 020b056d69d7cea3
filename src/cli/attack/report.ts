/** @file Writes the report of a learned attack into its folder. */

import {
  type AttackSeeds,
  type AttackState,
  allowedOf,
  attackDepartures,
  departures,
  matrixOf,
  usedOf,
} from '../../attack/index.ts';
import { writeAtomically } from '../../data/index.ts';
import { attackReport, type Horizon, type Judges } from '../../eval/index.ts';
import { type Settings, surrogateKind } from '../../models/index.ts';
import { namesNote } from '../ids.ts';
import type { AttackOptions, AttackPlan } from './plan.ts';

/** What a report says beside what the options and the plan do. */
export interface ReportFacts {
  /** Settings of the surrogate. */
  readonly settings: Settings;
  readonly candidates?: Int32Array;
  readonly seeds: AttackSeeds;
  readonly device: string;
  /** How far back the gradient reaches, if that was computed. */
  readonly horizon?: Horizon;
  /** The file to write. */
  readonly path: string;
}

/** What an attack learned through, and what chose its fake users. */
export const judgesOf = (
  { settings }: Pick<AttackPlan, 'settings'>,
  seeds: AttackSeeds,
): Judges => ({
  surrogates: seeds.ofIteration(0).length * `${settings.surrogate}`.split(',').length,
  isNew: seeds.isNew,
  heldOut: seeds.heldOut.length,
  // An attack that makes one fake user after the other has as many iterations as these.
  choosesBest: settings.iterations !== undefined,
});

/** Writes the page of an attack that has ended. */
export async function writeAttackReport(
  { history, best, settled }: AttackState,
  options: AttackOptions,
  plan: AttackPlan,
  facts: ReportFacts,
): Promise<void> {
  const { data, goal, names, kind, settings, budget } = plan;
  const fakes = matrixOf(best.fakes, data.train.columns, facts.candidates);
  const [allowed, used] = [allowedOf(budget), usedOf(fakes)];
  const shown = (entries: object) =>
    Object.entries(entries).map(([name, value]): [string, string] => [name, `${value}`]);
  const page = await attackReport({
    goal,
    targets: names,
    k: options.k,
    train: data.train,
    fakes,
    best: best.iteration,
    history,
    judges: judgesOf(plan, facts.seeds),
    settled,
    facts: [
      ['data', `${data.name}; ${namesNote(data, options.inner)}`],
      ['attack', kind.name],
      ...shown(settings),
      ...shown(facts.settings).map(([name, value]): [string, string] => [
        `${settings.surrogate}: ${name}`,
        value,
      ]),
      ['seeds of the surrogates', surrogateSeedsOf(facts.seeds)],
      ['held-out seeds', facts.seeds.heldOut.join(', ') || 'none'],
      ['device', facts.device],
    ],
    budget: [
      ['fake users', `${allowed.users}`, `${used.users}`],
      ['clicks', `${allowed.clicks}`, `${used.clicks}`],
      ['clicks of a fake user', `${allowed.clicksOfUser}`, `${used.clicksOfUser}`],
    ],
    horizon: facts.horizon,
    departures: departuresOf(options, plan, facts.settings),
  });
  await writeAtomically(facts.path, page);
}

const surrogateSeedsOf = (seeds: AttackSeeds): string => {
  const first = seeds.ofIteration(0).join(', ');
  if (!seeds.isNew) return first;
  const [next] = seeds.ofIteration(1);
  return `${first}, then from ${next} on, ${seeds.ofIteration(0).length} an iteration`;
};

/** Sentences: what is not as in the code that the paper's authors published. */
export function departuresOf(
  {
    targets,
    clicks,
    fakes,
    strata,
  }: Pick<AttackOptions, 'targets' | 'clicks' | 'fakes' | 'strata'>,
  { kind, goal, settings }: Pick<AttackPlan, 'kind' | 'goal' | 'settings'>,
  model: Settings,
): string[] {
  const surrogate = `${settings.surrogate}`;
  // The paper has no attack through several.
  if (surrogate.includes(',')) return attackDepartures(kind.name, settings);
  const { name, paper, defaults } = surrogateKind(surrogate);
  const isStratum = /^(head|upper-torso|lower-torso|tail):5$/.test(targets);
  return [
    ...attackDepartures(kind.name, settings),
    ...departures(name, model, paper ?? defaults),
    ...departures(
      'budget',
      { goal: goal.kind, fakes, clicks },
      { goal: 'promote', fakes: '1%', clicks: 'free' },
    ),
    ...(isStratum ? [] : [`targets: ${targets}, published 5 items of a stratum`]),
    ...(isStratum && strata === 'all'
      ? ['strata: items with as many clicks as a bound are in the stratum below, published in none']
      : []),
    ...(Number(settings.heldOutSeeds ?? 0) === 0
      ? []
      : [
          `the best fake users are those of ${settings.heldOutSeeds === 1 ? 'a held-out seed' : 'held-out seeds'}, ` +
            'published those of the surrogate',
        ]),
  ];
}
