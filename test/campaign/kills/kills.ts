/** @file The campaign `kills`: every command that writes, killed at every file operation. */

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Campaign } from '../campaign.ts';
import { jsonOf, Refused } from '../command.ts';
import { makeSandbox, onReference, type Sandbox, tinyTraining } from '../sandbox.ts';

/** A command that writes into `out`. */
interface Scenario {
  readonly name: string;
  args(out: string): readonly string[];
  /** What has been run into the same folder before: its results are to be replaced. */
  before?(out: string): readonly string[];
  /** Reads what is in the folder; what it gives is of the run before or of this one. */
  probe?(out: string): readonly string[];
  /** The option names a file, in a folder that is there. */
  readonly isFile?: boolean;
  /** The most cases, where a run takes long. */
  readonly most?: number;
}

function scenarios({ source, data, attack, fakes, filler, vat }: Sandbox): readonly Scenario[] {
  const prepare = (out: string, seed: string) => [
    ...['data', 'prepare', source, '--format', 'csv', '--min-interactions', '1'],
    ...['--holdout', '0.3', '--seed', seed, '--out', out],
  ];
  const train = (out: string, seed: string) => [
    ...['train', 'wrmf-sgd', '--data', data, '--preset', 'synthetic', '--factors', '2'],
    ...['--epochs', '2', '--k', '2', '--seed', seed, ...onReference, '--out', out],
  ];
  const synthetic = ['data', 'synthetic', '--users', '8', '--fakes', '2', '--items', '6'];
  const trainOn = (folder: string) => [
    ...['train', 'item-cf', '--preset', 'synthetic', '--k', '2', ...onReference, '--data', folder],
  ];
  const recommend = (out: string) => [
    ...['recommend', '--data', data, '--k', '2', ...onReference],
    ...['--model', join(out, 'model.npz')],
  ];
  const learn = attack.with(attack.indexOf('--iterations') + 1, '3');
  const target = attack[attack.indexOf('--targets') + 1];
  const fill = (seed: string) => [
    ...['attack', '--attack', 'random-filler', '--data', data, '--targets', target],
    ...['--fakes', '2', '--seed', seed],
  ];
  const detect = (out: string, seed: string) => [
    ...['detect', '--data', data, '--fakes', join(filler, 'fakes.npz'), vat, '--resamples', '10'],
    ...['--seed', seed, ...onReference, '--out', out],
  ];
  const defend = [
    ...['defend', '--data', data, '--fakes', fakes, '--defence', 'filtering', '--seeds', '1'],
    ...['--share', '0.3'],
    ...[...tinyTraining, ...onReference, '--k', '2'],
  ];
  const detectIn = (out: string) => [
    ...['detect', '--data', data, '--fakes', join(out, 'fakes.npz'), '--resamples', '10'],
    ...['--detectors', 'duplicates', '--out', join(dirname(out), 'detected')],
  ];
  const grid = (out: string) => [
    ...['reproduce', 'fig3', '--quick', '--seeds', '1', '--threads', '1', '--results', out],
  ];
  return [
    { name: 'attack', args: (out) => [...learn, '--out', out] },
    { name: 'data prepare', args: (out) => prepare(out, '1'), probe: trainOn },
    { name: 'train', args: (out) => train(out, '1'), probe: recommend },
    {
      name: 'data prepare over older data',
      before: (out) => prepare(out, '2'),
      args: (out) => prepare(out, '1'),
      probe: trainOn,
    },
    { name: 'data convert', args: (out) => ['data', 'convert', data, out, '--to', 'lightgcn'] },
    {
      name: 'attack random-filler',
      args: (out) => [...fill('1'), '--out', out],
      probe: detectIn,
    },
    { name: 'detect', args: (out) => detect(out, '1') },
    { name: 'defend', args: (out) => [...defend, '--out', out] },
    {
      name: 'detect over older scores',
      before: (out) => detect(out, '2'),
      args: (out) => detect(out, '1'),
    },
    {
      name: 'compare',
      args: (out) => [
        ...['compare', 'quadratic', '--steps', '2', '--directions', '1', '--methods', 'exact'],
        ...[...onReference, '--out', `${out}/report.html`],
      ],
      isFile: true,
    },
    {
      name: 'tape',
      args: (out) => ['tape', 'wrmf-sgd', '--data', data, '--out', `${out}/tape.svg`],
      isFile: true,
    },
    {
      name: 'reproduce',
      // Cells that are not done are ready: a part of a store is a store.
      args: (out) => [...grid(out), '--out', out],
      most: 20,
    },
    {
      name: 'train over an older model',
      before: (out) => train(out, '2'),
      args: (out) => train(out, '1'),
      probe: recommend,
    },
    { name: 'data synthetic', args: (out) => [...synthetic, '--out', out], probe: trainOn },
    {
      name: 'data convert of fake users',
      args: (out) => ['data', 'convert', fakes, out, '--data', data, '--to', 'csv'],
    },
    {
      name: 'demo',
      args: (out) => [
        ...['demo', '--iterations', '1', '--device', 'simd', '--threads', '1', '--out', out],
      ],
      most: 20,
    },
  ];
}

/** What an undisturbed run does. */
interface Reference {
  readonly steps: number;
  readonly files: ReadonlyMap<string, Buffer>;
  /** What the probe gives after the run, and before it where there were results before. */
  readonly probed: readonly string[];
}

/** Cases of each scenario. */
const rounds = 60;

/** Of so many rounds one has a disk that is full from a step on. */
const everyFull = 4;

/** Every command that writes, killed at every file operation. */
export const kills: Campaign = {
  name: 'kills',
  module: import.meta.url,
  tries:
    'Every command that writes, killed by SIGKILL before, in the middle of and after each of its ' +
    'operations on files, once or twice, into a new folder and over older results; or its disk is ' +
    'full from one of these on',
  oracle:
    'what is there after the kill is refused or is of one run; the same command then gives the ' +
    'files of an undisturbed run byte for byte, and no others',
  short: 8,
  seconds: 240,
  heap: 400,
  casesOfProcess: 200,
  open: async (folder, seed) => {
    const sandbox = await makeSandbox(folder);
    const all = scenarios(sandbox);
    const references = new Map<Scenario, Reference>();
    const referenceOf = async (scenario: Scenario): Promise<Reference> => {
      const known = references.get(scenario);
      if (known) return known;
      const home = join(folder, `undisturbed-${references.size}`);
      const reference = await undisturbed(scenario, home);
      references.set(scenario, reference);
      return reference;
    };
    const caseOf = (index: number) => {
      const round = Math.floor(index / all.length);
      const scenario = all[index % all.length];
      // The place of one that takes long goes to the first, which has the most steps.
      return round < (scenario.most ?? rounds) ? { scenario, round } : { scenario: all[0], round };
    };
    return {
      total: rounds * all.length,
      name: (index) => `${caseOf(index).scenario.name}, round ${caseOf(index).round}`,
      run: async (index) => {
        const { scenario, round } = caseOf(index);
        const reference = await referenceOf(scenario);
        const home = join(folder, `case-${index}`);
        try {
          const steps = killsOf(reference.steps, round, seed);
          return round % everyFull === everyFull - 1
            ? await tryFull(scenario, reference, home, steps[0])
            : await tryKill(scenario, reference, home, steps);
        } finally {
          rmSync(home, { recursive: true, force: true });
        }
      },
    };
  },
};

/** The steps to kill at: each step once, in an order that spreads; then each with a second. */
function killsOf(steps: number, round: number, seed: number): number[] {
  const spread = (n: number) => (n * 7919 + seed) % steps;
  const first = spread(round);
  return round < steps ? [first] : [first, spread(round * 31 + 17)];
}

/** The folder of the results; the command makes it unless it writes a single file there. */
function outOf({ isFile }: Scenario, home: string): string {
  const out = join(home, 'out');
  mkdirSync(isFile ? out : home, { recursive: true });
  return out;
}

async function undisturbed(scenario: Scenario, home: string): Promise<Reference> {
  const out = outOf(scenario, home);
  const probed: string[] = [];
  if (scenario.before) {
    await run(scenario.before(out));
    probed.push(await probe(scenario, out));
  }
  const counted = join(home, 'steps');
  const { status, stderr } = await run(scenario.args(out), { COUNT_INTO: counted });
  if (status !== 0) throw new Error(`${scenario.name}: status ${status}: ${stderr}`);
  probed.push(await probe(scenario, out));
  return { steps: Number(readFileSync(counted, 'utf8')), files: filesOf(out), probed };
}

async function tryKill(
  scenario: Scenario,
  reference: Reference,
  home: string,
  steps: readonly number[],
): Promise<string | undefined> {
  const out = outOf(scenario, home);
  if (scenario.before) await run(scenario.before(out));
  for (const step of steps) {
    const { status, signal, stderr } = await run(scenario.args(out), { KILL_AT: `${step}` });
    // A run that goes on has fewer steps, and may end before it is killed.
    if (signal !== 'SIGKILL' && status !== 0) {
      return `killed at ${steps}: status ${status}: ${stderr}`;
    }
    const seen = await probe(scenario, out);
    if (seen !== 'refused' && !reference.probed.includes(seen)) {
      return `killed at ${steps}: the folder is read as ${seen}, which no run wrote`;
    }
  }
  const { status, stderr } = await run(scenario.args(out));
  if (status !== 0) return `killed at ${steps}, then status ${status}: ${stderr}`;
  const wrong = difference(reference.files, filesOf(out));
  return wrong && `killed at ${steps}, then run again: ${wrong}`;
}

/** The disk is full from a step on: one line, nothing half-written; with room all is as ever. */
async function tryFull(
  scenario: Scenario,
  reference: Reference,
  home: string,
  step: number,
): Promise<string | undefined> {
  const out = outOf(scenario, home);
  if (scenario.before) await run(scenario.before(out));
  const { status, signal, stderr } = await run(scenario.args(out), { FULL_AT: `${step}` });
  const lines = stderr.trimEnd().split('\n');
  const isTold = status === 2 && lines.length === 1 && /disk is full|no space left/.test(stderr);
  // The last steps write nothing.
  if (status !== 0 && !isTold) return `full at ${step}: ${signal ?? `status ${status}`}: ${stderr}`;
  const temporary = [...filesOf(out).keys()].find((name) => name.endsWith('.tmp'));
  if (temporary !== undefined) return `full at ${step}: ${temporary} is left behind`;
  const seen = await probe(scenario, out);
  if (seen !== 'refused' && !reference.probed.includes(seen)) {
    return `full at ${step}: the folder is read as ${seen}, which no run wrote`;
  }
  const again = await run(scenario.args(out));
  if (again.status !== 0) return `full at ${step}, then status ${again.status}: ${again.stderr}`;
  const wrong = difference(reference.files, filesOf(out));
  return wrong && `full at ${step}, then run again: ${wrong}`;
}

/** What reads the folder prints, but for times and where it lies; `refused` where it says no. */
async function probe({ probe: reader }: Scenario, out: string): Promise<string> {
  if (!reader) return 'refused';
  try {
    const seen = JSON.stringify(await jsonOf(reader(out)), (key, value) =>
      /seconds|^file$/i.test(key) ? 0 : value,
    );
    return seen.replaceAll(dirname(out), '');
  } catch (error) {
    if (error instanceof Refused && !error.message.includes('\n')) return 'refused';
    return `${error}`;
  }
}

/**
 * The files of a folder and those below, but for what a grid keeps while it runs. Where it lies, when
 * a cell was computed and by what machine does not count.
 */
function filesOf(folder: string): Map<string, Buffer> {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => relative(folder, join(parentPath, name)))
    .filter((path) => !path.startsWith('work'));
  return new Map(paths.map((path) => [path, placeless(folder, path)]));
}

function placeless(folder: string, path: string): Buffer {
  const bytes = readFileSync(join(folder, path));
  if (/\.npz$/.test(path)) return bytes;
  const text = bytes.toString('latin1').replaceAll(folder, 'OUT');
  return Buffer.from(
    text.replace(/^"(seconds|machine|finished)": .*$/gm, '').replace(/in \d+ seconds/g, ''),
    'latin1',
  );
}

function difference(
  expected: ReadonlyMap<string, Buffer>,
  got: ReadonlyMap<string, Buffer>,
): string | undefined {
  for (const [name, bytes] of expected) {
    const other = got.get(name);
    if (!other) return `${name} is missing`;
    if (!bytes.equals(other)) return `${name} differs`;
  }
  const more = [...got.keys()].filter((name) => !expected.has(name));
  return more.length > 0 ? `${more} is left behind` : undefined;
}

interface ProcessEnd {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/** `hypertape …` as built, with the steps counted. */
function run(args: readonly string[], environment: object = {}): Promise<ProcessEnd> {
  const preload = new URL('preload.mjs', import.meta.url).href;
  const child = spawn(process.execPath, ['--import', preload, 'dist/cli.js', ...args, '--quiet'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => {
    child.on('close', (status, signal) => resolve({ status, signal, stderr }));
  });
}
