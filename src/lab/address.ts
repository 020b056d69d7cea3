/** @file The state of the lab as an address: everything that a run depends on, and what is shown. */

import { UserError } from '../errors.ts';
import { type Knob, type KnobValues, type LabProblem, presetsOf } from './problems/problem.ts';
import { labProblem, labProblems } from './problems/registry.ts';

/** What an address says. */
export interface Settings {
  readonly problem: string;
  readonly seed: number;
  readonly device: string;
  readonly threads: number;
  readonly knobs: KnobValues;
  /** Iterations to show at once, before anyone plays on. */
  readonly iterations: number;
}

/** More threads than that no machine has that shows a page. */
const mostThreads = 64;

const plain = { seed: 1, device: 'simd', threads: 1, iterations: 0 } as const;

/** The settings of a problem where nothing else is said. */
export const presetSettings = (problem: LabProblem): Settings => ({
  problem: problem.name,
  ...plain,
  knobs: presetsOf(problem),
});

/**
 * Reads the part of an address after `#`, such as `problem=attack&seed=2&tau=10`. What it does not
 * say is preset. Throws a UserError that names a word or a value that means nothing.
 */
export function parseAddress(hash: string): Settings {
  const pairs = [...new URLSearchParams(hash.replace(/^#/, ''))];
  const twice = pairs.find(([name], i) => pairs.findIndex(([other]) => other === name) < i);
  if (twice) throw new UserError(`address: ${twice[0]} comes twice: say it once`);
  const words = new Map(pairs);
  const problem = labProblem(take(words, 'problem') ?? labProblems[0].name);
  const settings: Settings = {
    problem: problem.name,
    seed: whole('seed', take(words, 'seed'), plain.seed),
    device: take(words, 'device') ?? plain.device,
    threads: whole('threads', take(words, 'threads'), plain.threads, 1, mostThreads),
    iterations: whole('iterations', take(words, 'iterations'), plain.iterations),
    knobs: Object.fromEntries(
      problem.knobs.map((knob) => [knob.name, knobValue(knob, take(words, knob.name))]),
    ),
  };
  const [unknown] = words.keys();
  if (unknown !== undefined) throw new UserError(`address: ${unknown} means nothing here`);
  return settings;
}

/** The shortest address of settings: what is preset is left out. */
export function addressOf(settings: Settings): string {
  const problem = labProblem(settings.problem);
  const presets = presetsOf(problem);
  const words = new URLSearchParams({ problem: problem.name });
  for (const name of ['seed', 'device', 'threads', 'iterations'] as const) {
    if (settings[name] !== plain[name]) words.set(name, String(settings[name]));
  }
  for (const { name } of problem.knobs) {
    if (settings.knobs[name] !== presets[name]) words.set(name, String(settings.knobs[name]));
  }
  return words.toString();
}

/** A command that computes the same history in Node. */
export const commandOf = (settings: Settings): string =>
  `npx hypertape lab --run '${addressOf(settings)}'`;

function take(words: Map<string, string>, name: string): string | undefined {
  const value = words.get(name);
  words.delete(name);
  return value;
}

function whole(
  name: string,
  text: string | undefined,
  preset: number,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (text === undefined) return preset;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  const range = most < Number.MAX_SAFE_INTEGER ? ` from ${least} to ${most}` : '';
  throw new UserError(`address: ${name}: expected a whole number${range}, got ${text}`);
}

/** The value that a word gives a knob. Throws a UserError for one that it cannot have. */
export function knobValue(knob: Knob, text: string | undefined): number | string {
  if (text === undefined) return knob.preset;
  if (knob.kind === 'choice') {
    if (knob.choices.includes(text)) return text;
    throw new UserError(
      `address: ${knob.name}: expected ${knob.choices.join(' or ')}, got ${text}`,
    );
  }
  const number = Number(text);
  if (text !== '' && number >= knob.least && number <= knob.most) return number;
  throw new UserError(
    `address: ${knob.name}: expected a number from ${knob.least} to ${knob.most}, got ${text}`,
  );
}
