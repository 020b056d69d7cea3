/**
 * @file The settings of the learned attacks of Tang, Wen & Wang 2020 as in the code that they
 * published, and what differs from them.
 */

import type { AttackSetting, AttackSettings } from '../settings.ts';

/** An attack of the paper's section 4. */
export interface PublishedAttack {
  /** As the paper calls it. */
  readonly name: string;
  readonly settings: AttackSettings;
}

/** What all of them have in common. */
const common: AttackSettings = {
  iterations: 30,
  outerRate: 1,
  outerMomentum: 0.95,
  normalizeRows: true,
  start: 'first',
  copyLimit: 100,
  candidates: 0,
  surrogateSeeds: '1',
};

const attack = (
  name: string,
  surrogate: string,
  method: string,
  projection: string,
  clickTargets: boolean,
): PublishedAttack => ({
  name,
  settings: { ...common, surrogate, method, projection, clickTargets },
});

/** The attacks; of each surrogate the one that unrolls its training comes first. */
export const publishedAttacks: readonly PublishedAttack[] = [
  attack('WRMF+SGD', 'wrmf-sgd', 'truncated:10epochs', 'threshold:0.05', false),
  attack('WRMF+ALS', 'wrmf-als', 'partial', 'threshold:0.1', true),
  attack('ItemAE', 'item-ae', 'truncated:5epochs', 'threshold:0.1', false),
  attack('ItemAE(PD)', 'item-ae', 'partial', 'threshold:0.05', true),
];

/**
 * The published attack through a surrogate, by the partial derivative if that is the method;
 * undefined for a surrogate that the paper has none through.
 */
export function publishedAttack(surrogate: string, method?: string): PublishedAttack | undefined {
  const through = publishedAttacks.filter(({ settings }) => settings.surrogate === surrogate);
  const isPartial = ({ settings }: PublishedAttack) => settings.method === 'partial';
  if (method === undefined) return through[0];
  return through.find((each) => isPartial(each) === (method === 'partial')) ?? through[0];
}

/** Published settings of other kinds, such as those of the surrogate's model. */
export type Expected = { readonly [name: string]: unknown };

/** A sentence for each setting that is not as published, in the order of the published ones. */
export const departures = (what: string, settings: Expected, published: Expected): string[] =>
  Object.keys(published)
    .filter((name) => !same(settings[name], published[name]))
    .map((name) => `${what}: ${name} is ${settings[name]}, published ${published[name]}`);

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What is not as published in the settings of a learned attack. */
export function attackDepartures(name: string, settings: AttackSettings): string[] {
  const [surrogate, method] = [settings.surrogate, settings.method].map(
    (x?: AttackSetting) => `${x}`,
  );
  const published = name === 'hypergradient' ? publishedAttack(surrogate, method) : undefined;
  if (!published) return [`${name} through ${surrogate} is none of the published attacks`];
  return departures(published.name, settings, published.settings);
}
