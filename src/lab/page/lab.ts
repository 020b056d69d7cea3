/** @file The state of the page, as signals, and all that its controls do. */

import { batch, computed, signal } from '@preact/signals';
import {
  addressOf,
  type Look,
  parseAddress,
  plainLook,
  presetSettings,
  type Settings,
} from '../address.ts';
import { Stopped } from '../calls.ts';
import type { Facts } from '../problems/problem.ts';
import { labProblem, labProblems } from '../problems/registry.ts';
import type { RaceRow } from '../session/race.ts';
import type { Line, Snapshot } from '../session/snapshot.ts';
import type { Toggled } from '../session/toggle.ts';
import { LastingBench } from './bench.ts';

/** A run whose curves are kept to compare others of its problem with. */
export interface KeptRun {
  /** `run 1`, `run 2` and so on; no two have the same. */
  readonly name: string;
  readonly problem: string;
  readonly address: string;
  readonly lines: readonly Line[];
}

/**
 * What was found out about the outer step that is shown; null under any other. The worker answers in
 * turn, so that what comes is about the outer step that came last.
 */
export class OfThisStep<T> {
  private readonly held = signal<{ readonly of: Snapshot; readonly found: T } | null>(null);

  get value(): T | null {
    const held = this.held.value;
    return held && held.of === snapshot.value ? held.found : null;
  }

  set value(found: T | null) {
    const of = snapshot.peek();
    this.held.value = of && found !== null ? { of, found } : null;
  }
}

/** What the pointer or the keyboard rests on, the same in all panels. */
export type Focus = { readonly kind: 'user' | 'fake' | 'item'; readonly index: number } | null;

const bench = new LastingBench({
  onNews(method, news) {
    if (method === 'race') raceRows.value = [...(raceRows.value ?? []), news as RaceRow];
  },
  onFailure: () =>
    report(new Error('the page cannot start its worker: reload it, or serve it by hypertape lab')),
});

/** Calls to the worker, for panels that ask for more than a snapshot. */
export const { calls } = bench;

/** What the run is of, as the address says it. */
export const settings = signal<Settings>(presetSettings(labProblems[0]));
/** The problem of these settings. */
export const problem = computed(() => labProblem(settings.value.problem));
/** What is open; null while it opens. */
export const facts = signal<Facts | null>(null);
/** The last iteration. */
export const snapshot = signal<Snapshot | null>(null);
/** A line for each outer iteration so far. */
export const history = signal<readonly Line[]>([]);
/** The runs that are kept to compare with. */
export const kept = signal<readonly KeptRun[]>([]);
/** Whether iterations follow one another. */
export const playing = signal(false);
/** Milliseconds to rest between two iterations. */
export const rest = signal(0);
/** What went wrong last. */
export const trouble = signal<string | null>(null);
/** What the pointer or the keyboard rests on. */
export const focus = signal<Focus>(null);
/** The last steps that are brushed: what `truncated(τ)` sees. */
export const tau = signal(1);
/** States that the exact gradient may hold: what lies between them is computed again. */
export const checkpoints = signal(1);
/** The step of the inner training that is looked at, 0 to L. */
export const innerStep = signal(0);

/** The detector that the defender looks through. */
export const detector = signal(plainLook.detector);
/** The panels that are folded, by name. */
export const folded = signal(plainLook.folded);
/** The step of the guided story; 0 where it is not told. */
export const story = signal(0);

/** What came of the cell whose click was flipped last. */
export const toggled = new OfThisStep<Toggled>();

/** The rows of the race so far. */
export const raceRows = new OfThisStep<readonly RaceRow[]>();

/** Shows an error of a call; a call that was stopped is none. */
export function report(error: unknown): void {
  if (error instanceof Stopped) return;
  batch(() => {
    playing.value = false;
    trouble.value = error instanceof Error ? error.message : String(error);
  });
}

const tenth = (steps: number) => Math.max(1, Math.round(steps / 10));

/** The run and what is shown of it now: what a link says. */
export const present = computed<Settings>(() => {
  const steps = facts.value?.steps ?? 0;
  return {
    ...settings.value,
    iterations: history.value.length > 0 ? history.value.length - 1 : settings.value.iterations,
    look: {
      brush: steps === 0 || tau.value === tenth(steps) ? null : tau.value,
      at: steps === 0 || innerStep.value === steps ? null : innerStep.value,
      detector: detector.value,
      folded: folded.value,
      story: story.value,
    },
  };
});

/** Tells the run that is open from those before it, whose answers may still come. */
let run = 0;
/** Tells the loop that plays from those before it. */
let loop = 0;

/**
 * Opens settings anew, looked at as before unless `look` says otherwise, and plays as far as they
 * ask for. What was learned so far is gone unless it is kept.
 */
export async function open(next: Settings, look: Look | null = null): Promise<void> {
  const mine = ++run;
  batch(() => {
    settings.value = next;
    facts.value = null;
    snapshot.value = null;
    history.value = [];
    playing.value = false;
    trouble.value = null;
    focus.value = null;
    if (look) lookAt(look);
  });
  try {
    await bench.clear();
    if (mine !== run) return;
    const opened = await calls.open(next);
    if (mine !== run) return;
    batch(() => {
      facts.value = opened;
      checkpoints.value = Math.ceil(Math.sqrt(opened.steps));
      lookAtSteps(look ?? plainLook, opened.steps);
    });
    await iterate(mine);
    if (next.iterations !== 0) await playTo(next.iterations ?? Number.POSITIVE_INFINITY);
  } catch (error) {
    if (mine === run) report(error);
  }
}

/** Looks at the run that is open as asked; the steps of one that is not open yet are not known. */
export function lookAt(look: Look): void {
  batch(() => {
    detector.value = look.detector;
    folded.value = look.folded;
    story.value = look.story;
    if (facts.value) lookAtSteps(look, facts.value.steps);
  });
}

/** Brushes and looks at the steps that a look names; those that a training does not have are reported. */
function lookAtSteps({ brush, at }: Look, steps: number): void {
  const within = (name: string, step: number | null, preset: number): number => {
    if (step === null || step <= steps) return step ?? preset;
    report(new Error(`address: ${name}: there are ${steps} training steps, got ${step}`));
    return preset;
  };
  tau.value = within('brush', brush, tenth(steps));
  innerStep.value = within('at', at, steps);
}

/** One iteration of a run. Throws a Stopped if another was opened meanwhile. */
async function iterate(of: number): Promise<void> {
  const next = await calls.next();
  if (of !== run) throw new Stopped();
  const { iteration, value, figures, seconds } = next;
  batch(() => {
    snapshot.value = next;
    history.value = [...history.value, { iteration, value, figures, seconds }];
    if (next.settled) playing.value = false;
  });
}

/** Plays until `pause` or an iteration, while the page can be seen. */
async function playTo(last: number): Promise<void> {
  const [of, mine] = [run, ++loop];
  const goesOn = () => playing.value && of === run && mine === loop;
  playing.value = true;
  while (goesOn() && history.value.length <= last) {
    await iterate(of);
    await new Promise((resolve) => setTimeout(resolve, rest.value));
    await visible();
  }
  if (goesOn()) playing.value = false;
}

/** Plays until `pause`, one iteration after the other. */
export async function start(): Promise<void> {
  if (!playing.value) await playTo(Number.POSITIVE_INFINITY).catch(report);
}

/** Stops playing after the iteration at hand. */
export function pause(): void {
  playing.value = false;
}

/** One outer iteration. */
export async function step(): Promise<void> {
  pause();
  await iterate(run).catch(report);
}

/** Looks at the model one inner step later; after the last one at its start. */
export function nextInnerStep(): void {
  const steps = facts.value?.steps ?? 0;
  innerStep.value = innerStep.value < steps ? innerStep.value + 1 : 0;
}

/** From the start again. */
export const reset = (): Promise<void> => open({ ...settings.value, iterations: 0 });

/** How many runs have been kept, those that were removed too. */
let keptSoFar = 0;

/** Keeps the curves of this run beside those of its problem to come. */
export function keep(): void {
  const { problem } = settings.value;
  const address = addressOf({ ...present.value, look: plainLook });
  const name = `run ${++keptSoFar}`;
  kept.value = [...kept.value, { name, problem, address, lines: history.value }];
}

/** The runs of the problem that is open which are kept. */
export const keptHere = computed(() =>
  kept.value.filter(({ problem }) => problem === settings.value.problem),
);

/** Resolves while the page can be seen. */
function visible(): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    document.addEventListener('visibilitychange', function shown() {
      if (document.hidden) return;
      document.removeEventListener('visibilitychange', shown);
      resolve();
    });
  });
}

/** Opens what the address says; where it means nothing, the first problem stands, and the error. */
export function openAddress(): void {
  try {
    const asked = parseAddress(location.hash);
    void open(asked, asked.look);
  } catch (error) {
    void open({ ...presetSettings(labProblems[0]), iterations: 0 }, plainLook);
    report(error);
  }
}
