/** @file `defence`: what defences gain against attacks on head items, and what they cost. */

import { defence as defenceNamed } from '../../defence/index.ts';
import { type Cell, defineCell } from '../../grid/index.ts';
import { type Estimate, estimate } from '../metrics/interval.ts';
import { type GroupedBar, groupedBars, legend } from '../report/charts.ts';
import { estimateText, htmlFigure, htmlTable, missing, paragraph } from '../report/html.ts';
import { signed } from '../report/words.ts';
import type { AttackResult } from './cells/attack.ts';
import { type DefendedFigures, defendedCell } from './cells/defended.ts';
import { tiesOf } from './cells/victim.ts';
import { changeTogether, oneSeedNote } from './comparison.ts';
import {
  dataOf,
  type Experiment,
  ofSeed,
  type Results,
  type Scope,
  type Section,
} from './experiment.ts';
import {
  attackBy,
  attackedVictim,
  attackOf,
  cleanVictim,
  listLength,
  planOf,
  settingsFor,
  victimModels,
  victimSeed,
} from './published.ts';

const stratum = 'head';

/** The detector that filtering and down-weighting ask. */
const judge = 'svd-residual';

/** What is defended, and how. */
const defended = [
  { victim: 'WRMF', name: 'filtering' },
  { victim: 'WRMF', name: 'down-weighting' },
  { victim: 'WRMF', name: 'trimmed-loss' },
  { victim: 'WRMF', name: 'apr' },
  { victim: 'WRMF', name: 'vat' },
  { victim: 'ItemCF', name: 'filtering' },
  { victim: 'ItemCF', name: 'pore' },
] as const;
type Defended = (typeof defended)[number];

const allStates = ['Clean', 'RandFilter', 'WRMF+SGD', 'WRMF+VAT'] as const;
type State = (typeof allStates)[number];

/** Without attack, and under each; quick leaves out the one that learns nothing. */
const statesOf = ({ quick }: Scope): readonly State[] =>
  allStates.filter((state) => !(quick && state === 'RandFilter'));

/**
 * The attacks. That through VAT unrolls one epoch: the hypergradient through adversarial training
 * grows by orders of magnitude with every ten steps.
 */
function attackFor(name: Exclude<State, 'Clean'>, seed: number, scope: Scope): Cell<AttackResult> {
  if (name !== 'WRMF+VAT') return attackOf(name, stratum, seed, scope);
  const plan = planOf('WRMF+SGD', scope);
  if (plan.attack !== 'learned') throw new Error('internal: WRMF+SGD learns nothing');
  const surrogate = 'wrmf-vat';
  const settings = settingsFor(surrogate, scope.quick);
  return attackBy({ ...plan, surrogate, settings, unrolled: { epochs: 1 } }, stratum, seed, scope);
}

/** An undefended victim; it is measured on the targets of the stratum. */
const plainCell = (victim: Defended['victim'], state: State, seed: number, scope: Scope) =>
  state === 'Clean'
    ? cleanVictim(victimModels[victim], seed, scope)
    : attackedVictim(victimModels[victim], attackFor(state, seed, scope), seed, scope);

/** The settings of a defence: its own, those of the kind that it trains, or smaller ones. */
function settingsOf({ name }: Defended, scope: Scope) {
  const { defaults, trainsAs } = defenceNamed(name);
  if (trainsAs === undefined)
    return scope.quick && name === 'pore' ? { ...defaults, bags: 50 } : defaults;
  const all = settingsFor(trainsAs, scope.quick);
  return Object.fromEntries(Object.keys(defaults).map((key) => [key, Number(all[key])]));
}

function defendedCellOf(
  row: Defended,
  state: State,
  seed: number,
  scope: Scope,
): Cell<DefendedFigures> {
  const { digest, targets } = dataOf(scope);
  const model = victimModels[row.victim];
  const config = {
    data: digest,
    model,
    settings: settingsFor(model, scope.quick),
    defence: row.name,
    defenceSettings: settingsOf(row, scope),
    detector: defenceNamed(row.name).suspects ? judge : null,
    seed: victimSeed(seed),
    k: listLength,
    targets: targets[stratum],
    precision: 'f32',
    ...tiesOf(model, row.name),
  } as const;
  const inputs: Record<string, Cell> =
    state === 'Clean' ? {} : { attack: attackFor(state, seed, scope) };
  return defineCell(defendedCell, config, inputs);
}

const victims = [...new Set(defended.map(({ victim }) => victim))];

function cells(scope: Scope): Cell[] {
  return scope.seeds.flatMap((seed) => {
    const states = statesOf(scope);
    const attacks = states.flatMap((state) =>
      state === 'Clean' ? [] : [attackFor(state, seed, scope)],
    );
    const trained = states.flatMap((state) => [
      ...victims.map((victim) => plainCell(victim, state, seed, scope)),
      ...defended.map((row) => defendedCellOf(row, state, seed, scope)),
    ]);
    return [...attacks, ...trained];
  });
}

/** The figures of a victim in a state, with or without a defence. */
interface Figures {
  readonly hits: Estimate | null;
  readonly recall: Estimate | null;
}

function plainFigures(
  victim: Defended['victim'],
  state: State,
  scope: Scope,
  results: Results,
): Figures {
  const found = scope.seeds.flatMap(
    (seed) => results.of(plainCell(victim, state, seed, scope)) ?? [],
  );
  return {
    hits: estimate(found.map((result) => result.targets[stratum].hitRate)),
    recall: estimate(found.map((result) => result.recall)),
  };
}

const foundOf = (row: Defended, state: State, scope: Scope, results: Results) =>
  scope.seeds.flatMap((seed) => results.of(defendedCellOf(row, state, seed, scope)) ?? []);

function defendedFigures(row: Defended, state: State, scope: Scope, results: Results): Figures {
  const found = foundOf(row, state, scope, results);
  return {
    hits: estimate(found.map((result) => result.targetHitRate)),
    recall: estimate(found.map((result) => result.recall)),
  };
}

/** How many users a defence removed under the learned attack, such as `131 of 131`, on average. */
function removedOf(row: Defended, who: 'genuine' | 'fake', scope: Scope, results: Results): string {
  const found = foundOf(row, 'WRMF+SGD', scope, results).flatMap((result) => result[who] ?? []);
  const mean = estimate(found.map(({ removed }) => removed));
  return mean ? mean.mean.toFixed(1) : missing;
}

/** A line of the tables: a victim and its defence. */
interface Line {
  readonly name: string;
  readonly figures: readonly Figures[];
  readonly removed: readonly string[];
}

function linesOf(victim: Defended['victim'], scope: Scope, results: Results): Line[] {
  const states = statesOf(scope);
  const plain = states.map((state) => plainFigures(victim, state, scope, results));
  const rows = defended.filter((row) => row.victim === victim);
  return [
    { name: 'undefended', figures: plain, removed: ['', ''] },
    ...rows.map((row) => ({
      name: row.name,
      figures: states.map((state) => defendedFigures(row, state, scope, results)),
      removed: (['genuine', 'fake'] as const).map((who) => removedOf(row, who, scope, results)),
    })),
  ];
}

/** A victim's picture and tables, or nothing where nothing is measured. */
async function victimPart(victim: Defended['victim'], scope: Scope, results: Results) {
  const states = statesOf(scope);
  const lines = linesOf(victim, scope, results);
  const bars = lines.flatMap(({ name, figures }) =>
    states.flatMap((series, i): GroupedBar[] => {
      const { hits } = figures[i];
      return hits ? [{ group: name, series, ...hits }] : [];
    }),
  );
  if (bars.length === 0) return '';
  const y = 'HR@50 of the target set';
  const svg = await groupedBars(bars, { y, groups: lines.map(({ name }) => name), series: states });
  const shown = (of: keyof Figures) =>
    lines.map(({ name, figures }) => [name, ...figures.map((each) => estimateText(each[of]))]);
  const kept = lines.slice(1).map(({ name, removed }) => [name, ...removed]);
  return [
    htmlFigure(svg, `${victim}: HR@50 of five head items, by defence and attack`),
    htmlTable([victim, ...states], shown('hits'), 'HR@50 of the targets'),
    htmlTable([victim, ...states], shown('recall'), 'Recall@50 of genuine users'),
    htmlTable([victim, 'genuine', 'fake'], kept, 'Users removed under WRMF+SGD'),
  ].join('\n');
}

async function measuredPart(scope: Scope, results: Results): Promise<string> {
  const parts = await Promise.all(victims.map((victim) => victimPart(victim, scope, results)));
  const found = parts.filter((part) => part !== '');
  return found.length > 0 ? [legend(statesOf(scope)), ...found].join('\n') : '';
}

/** The change by a defence of a figure in a state, over the seeds done with and without it. */
function changeBy(
  row: Defended,
  state: State,
  of: keyof Figures,
  scope: Scope,
  results: Results,
): Estimate | null {
  return changeTogether(
    scope.seeds,
    (seed) => plainFigures(row.victim, state, ofSeed(scope, seed), results)[of]?.mean,
    (seed) => defendedFigures(row, state, ofSeed(scope, seed), results)[of]?.mean,
  );
}

/** What each defence does to the learned attack, and to Recall@50 without attack. */
function findings(scope: Scope, results: Results): string[] {
  return victims.flatMap((victim) => {
    const known = defended.flatMap((row) => {
      if (row.victim !== victim) return [];
      const hits = changeBy(row, 'WRMF+SGD', 'hits', scope, results);
      const recall = changeBy(row, 'Clean', 'recall', scope, results);
      if (!hits || !recall) return [];
      const text = `${row.name} ${signed(hits.mean)} (${signed(recall.mean)})`;
      return [{ name: row.name, text, seeds: Math.min(hits.count, recall.count) }];
    });
    const plain = plainFigures(victim, 'WRMF+SGD', scope, results).hits;
    if (!plain || known.length === 0) return [];
    const list = known.map(({ text }) => text).join('; ');
    return [
      `${victim} under WRMF+SGD has HR@50 of the targets ${plain.mean.toFixed(4)} undefended. What a ` +
        `defence changes it by, and in brackets Recall@50 without attack: ${list}${oneSeedNote(known)}.`,
    ];
  });
}

/** Experiment beyond the paper. */
export const defence: Experiment = {
  name: 'defence',
  about: 'what defences gain against attacks on head items, and what they cost genuine users',
  source: 'Beyond the paper',
  seeds: 1,
  onData: true,
  cells,
  async section(scope, results): Promise<Section> {
    const paper = paragraph(
      'The paper attacks recommenders that do not defend themselves. WRMF+VAT is its attack ' +
        'through WRMF that is trained adversarially (VAT), its perturbations differentiated.',
    );
    const lines = victims.flatMap((victim) =>
      linesOf(victim, scope, results).map((line) => ({ ...line, victim })),
    );
    return {
      paper,
      measured: await measuredPart(scope, results),
      wide: true,
      findings: scope.quick ? [] : findings(scope, results),
      figures: lines.flatMap(({ victim, name, figures }) =>
        statesOf(scope).map((state, i) => ({
          name: `HR@50 of head items, ${state}, ${victim}, ${name}`,
          measured: figures[i].hits,
        })),
      ),
    };
  },
};
