/** @file The state of the lab as an address: everything that a run depends on, and what is shown. */

import { UserError } from '../errors.ts';
import { type Knob, type KnobValues, type LabProblem, presetsOf } from './problems/problem.ts';
import { labProblem, labProblems } from './problems/registry.ts';
import { storySteps } from './story/steps.ts';

/** How a run is looked at: no number of the run depends on it. */
export interface Look {
  /** The last steps that are brushed; null for a tenth of all. */
  readonly brush: number | null;
  /** The step of the inner training that is looked at; null for the last. */
  readonly at: number | null;
  readonly detector: string;
  /** The panels that are folded, by name. */
  readonly folded: readonly string[];
  /** The step of the guided story; 0 where it is not told. */
  readonly story: number;
}

/** What an address says. */
export interface Settings {
  readonly problem: string;
  readonly seed: number;
  readonly device: string;
  readonly threads: number;
  readonly knobs: KnobValues;
  /** The last iteration that is shown before anyone plays on; null plays on from the first. */
  readonly iterations: number | null;
  readonly look: Look;
}

/** The detectors that a page can run, which need nothing but clicks. */
export const detectorNames: readonly string[] = [
  'pca-var-select',
  'lof',
  'isolation-forest',
  'popularity-likelihood',
  'svd-residual',
  'duplicates',
];

/** The panels, as addresses and the story know them. */
export const panelNames = [
  'curves',
  'inner-time',
  'model',
  'fake-users',
  'defender',
  'devices',
  'share',
  'break-it',
  'race',
  'tape',
  'words',
] as const;
/** The name of one of them. */
export type PanelName = (typeof panelNames)[number];

/** More threads than that no machine has that shows a page. */
const mostThreads = 64;

const plain = { seed: 1, device: 'simd', threads: 1, iterations: null } as const;

/** How a run is looked at where nothing else is said. */
export const plainLook: Look = {
  brush: null,
  at: null,
  detector: 'svd-residual',
  // What is for those who use the library.
  folded: ['break-it', 'tape'],
  story: 0,
};

/** The settings of a problem where nothing else is said. */
export const presetSettings = (problem: LabProblem): Settings => ({
  problem: problem.name,
  ...plain,
  knobs: presetsOf(problem),
  look: plainLook,
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
  const named = take(words, 'device') ?? plain.device;
  const settings: Settings = {
    problem: problem.name,
    seed: whole('seed', take(words, 'seed'), plain.seed),
    device: named === 'auto' ? plain.device : named,
    threads: whole('threads', take(words, 'threads'), plain.threads, 1, mostThreads),
    iterations: whole('iterations', take(words, 'iterations'), plain.iterations),
    look: lookOf(words),
    knobs: Object.fromEntries(
      problem.knobs.map((knob) => [knob.name, knobValue(knob, take(words, knob.name))]),
    ),
  };
  const { device, threads } = settings;
  if (threads > 1 && device !== 'simd') {
    throw new UserError(`address: threads: ${device} has none, simd alone does: leave them out`);
  }
  const [unknown] = words.keys();
  if (unknown !== undefined) {
    throw new UserError(
      `address: ${unknown} means nothing to the problem ${problem.name}: leave it out`,
    );
  }
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
  for (const [name, value] of Object.entries(settings.look)) {
    const text = String(value);
    if (text !== String(plainLook[name as keyof Look])) words.set(name, text);
  }
  return words.toString();
}

/** A command that computes the same history in Node: all of the address but the look. */
export const commandOf = (settings: Settings): string =>
  `npx hypertape lab --run '${addressOf({ ...settings, look: plainLook })}'`;

/** The folds are names with commas between them. */
const lookOf = (words: Map<string, string>): Look => ({
  brush: whole('brush', take(words, 'brush'), plainLook.brush),
  at: whole('at', take(words, 'at'), plainLook.at),
  detector: oneOf('detector', take(words, 'detector') ?? plainLook.detector, detectorNames),
  folded:
    take(words, 'folded')
      ?.split(',')
      .filter(Boolean)
      .map((name) => oneOf('folded', name, panelNames)) ?? plainLook.folded,
  story: storyStep(take(words, 'story')),
});

function take(words: Map<string, string>, name: string): string | undefined {
  const value = words.get(name);
  words.delete(name);
  return value;
}

function storyStep(text: string | undefined): number {
  const step = whole('story', text, plainLook.story);
  if (step <= storySteps.length) return step;
  throw new UserError(`address: story: expected 1 to ${storySteps.length}, got ${step}`);
}

function oneOf(name: string, text: string, all: readonly string[]): string {
  if (all.includes(text)) return text;
  throw new UserError(`address: ${name}: expected ${all.join(' or ')}, got ${text}`);
}

/**
 * The whole number that a word gives, `preset` where there is no word. Throws a UserError for a text
 * that is none, or one out of range.
 */
export function whole<Preset>(
  name: string,
  text: string | undefined,
  preset: Preset,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): number | Preset {
  const range = most < Number.MAX_SAFE_INTEGER ? ` from ${least} to ${most}` : '';
  const expected = `a whole number${range}`;
  return text === undefined
    ? preset
    : read(name, text, { pattern: /^\d+$/, least, most, expected });
}

const decimal = /^-?\d*\.?\d+(e[+-]?\d+)?$/i;

interface Expected {
  readonly pattern: RegExp;
  readonly least: number;
  readonly most: number;
  readonly expected: string;
}

function read(name: string, text: string, { pattern, least, most, expected }: Expected): number {
  const number = Number(text);
  if (pattern.test(text) && number >= least && number <= most) return number;
  throw new UserError(`address: ${name}: expected ${expected}, got ${text.trim() || 'nothing'}`);
}

/** The value that a word gives a knob. Throws a UserError for one that it cannot have. */
export function knobValue(knob: Knob, text: string | undefined): number | string {
  const { name, preset } = knob;
  if (text === undefined) return preset;
  if (knob.kind === 'choice') return oneOf(name, text, knob.choices);
  const { least, most } = knob;
  if (knob.kind === 'whole') return whole(name, text, preset, least, most);
  const expected = `a number from ${least} to ${most}`;
  return read(name, text, { pattern: decimal, least, most, expected });
}
