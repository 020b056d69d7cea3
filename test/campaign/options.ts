/** @file The campaign `options`: every command with values that people give, and with absurd ones. */

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Option } from 'commander';
import fc from 'fast-check';
import { leaves } from '../cli/leaves.ts';
import type { Campaign } from './campaign.ts';
import { type Ended, hypertape } from './command.ts';
import { makeSandbox, onReference, type Sandbox, tinyTraining } from './sandbox.ts';

/** Seconds after which a command that has long work to do is stopped as by Ctrl-C. */
const patience = 5;

/** Statuses of a command that a signal stopped. */
const stopped = [130, 143];

/** Numbers, or what may be taken for them. */
const numbers = [
  ...[
    '',
    ' ',
    '0',
    '1',
    '2',
    '3',
    '5',
    '-1',
    '-0',
    '+1',
    '1.5',
    '0.5',
    '0.9',
    '1e0',
    '01',
    '1_0',
    ' 1',
  ],
  ...['1e3', '1e9', '1e15', '1e309', '-1e309', '1e-400', '1e-30', '1e30', '0x10', '0b1', '٣', '１'],
  ...['NaN', 'Infinity', '4294967295', '4294967296', '2147483648', '9007199254740993', '1000'],
  ...['99999999999999999999', '100000', '10,10', '1e9,1e9', '10,', '5,3', 'all', 'abc'],
];

/** Words of one option or another, and words of none. */
const words = [
  ...['abc', 'é', '🙂', '\ud800', '__proto__', 'constructor', 'toString', 'null', 'undefined'],
  ...['a,b', '0,0', '0,1', ',', '1,', ',1', '1,,2', '0,99', '10,10,10', 'x'.repeat(5000)],
  ...['ALL', 'auto', 'simd', 'simd ', 'reference', 'gpujs', 'gpujs:', 'gpujs:cpu', 'gpujs:nope'],
  ...[
    'head:1',
    'head:0',
    'head:-1',
    'head:99999',
    'head',
    ':',
    'tail:1e3',
    'lower-torso:2',
    'HEAD:1',
  ],
  ...['i0', 'i1,i2', 'i0,i0', 'i99', '10,11', '1%', '50%', '0%', '-5%', '1000%', '1e3%', '%'],
  ...['exact', 'partial', 'truncated:0', 'truncated:1', 'truncated:1epochs', 'truncated:1e9'],
  ...['truncated:99999999999999999999', 'truncated:-1', 'truncated', 'exact:3'],
  ...['1GB', '0GB', '1KB', '1.5', '1TB', '1gb', '0.001KB', '99999999999999GB', '1 GB'],
  ...[
    'threshold:0.05',
    'threshold:NaN',
    'threshold:',
    'threshold:-1e300',
    'top:1',
    'top:0',
    'top:99',
  ],
  ...['wrmf-sgd', 'wrmf-als', 'item-cf', 'item-ae', 'mult-vae', 'neumf', 'cml', 'svd', 'WRMF-SGD'],
  ...['item-cf,item-cf', 'wrmf-sgd,svd', 'synthetic', 'gowalla', 'paper', 'csv', 'movielens'],
  ...[
    '--',
    '-',
    '--k',
    '-h',
    '..',
    '/',
    '/dev/null',
    '/proc/self/mem',
    '/no/such/folder',
    '.',
    '~',
  ],
  ...['step', 'linear', 'dense', 'implicit-zeros', 'selu', 'promote', 'demote', 'untargeted'],
];

/** Addresses of the lab, and words that look like some. */
const addresses = [
  ...['', '#', '&', '=', 'problem', 'problem=', 'problem=cleaning', '#problem=maml&iterations=1'],
  ...['problem=nope', 'problem=__proto__', 'seed=2', 'seed=-1', 'seed=1.5', 'seed=1e3'],
  ...['seed=99999999999999999999', 'seed=4294967296', 'seed=1&seed=2', 'Seed=1', 'zzz=1'],
  ...['problem=learning-rate&steps=1e3', 'problem=learning-rate&steps=0x10', 'steps=-1'],
  ...['problem=learning-rate&steps=2.5', 'problem=cleaning&wrong=%', 'problem=cleaning&wrong=NaN'],
  ...['problem=cleaning&rate=1e309', 'problem=cleaning&rate= 1', 'problem=maml&momentum=1'],
  ...['problem=attack&tau=1&surrogate=wrmf-sgd', 'problem=attack&tau=99999', 'surrogate=svd'],
  ...['problem=maml&device=reference&iterations=99999999', 'iterations=1e3', 'iterations=-1'],
  ...[
    'threads=0',
    'threads=100000',
    'threads=99999999999999999999',
    'device=gpujs:nope',
    'device=',
  ],
  ...[
    'problem=learning-rate&first=0&curvature=0',
    'problem=learning-rate&rate=9999',
    '%F0%9F%99%82',
  ],
];

/** Estimators, detectors, defences and experiments. */
const methods = [
  ...['exact', 'exact:0', 'exact:1', 'exact,exact', 'partial', 'truncated:1', 'truncated:0'],
  ...['truncated', 'drmad', 'forward', 'differences', 'cg:2', 'cg:0', 'cg:1e3', 'normal-cg:2'],
  ...['neumann:2', 'fixed-point:1', 'nystrom:1', 'nystrom:99999', 'one-step', 'direct', 'exact,'],
  ...['duplicates', 'duplicates,duplicates', 'pca-var-select', 'degree-sad', 'nobody', 'filtering'],
  ...['down-weighting', 'trimmed-loss', 'pore', 'random-filler', 'hypergradient', 'bandwagon'],
  ...['fig3', 'fig9', 'all', 'detection', '1,2', '0', '1,1', '1e6', '-1,2'],
];

const values = [...numbers, ...words, ...addresses, ...methods];

/** A command with the arguments that it cannot do without. */
interface Usage {
  readonly words: readonly string[];
  readonly options: readonly Option[];
  readonly needed: readonly string[];
}

/** What each command cannot do without, and what makes it short. */
function neededBy(
  name: string,
  { sandbox, out, way }: { sandbox: Sandbox; out: string; way: number },
): readonly string[] {
  const { source, data, model, attack, evaluated, fixture, problem, fakes, filler, vat } = sandbox;
  const fillers = join(filler, 'fakes.npz');
  const results = join(dirname(out), 'results');
  const trained = ['--data', data, ...tinyTraining, ...onReference];
  const needed: Record<string, readonly string[]> = {
    'data prepare': [source, '--format', 'csv', '--min-interactions', '1', '--out', out],
    'data synthetic': ['--users', '6', '--fakes', '2', '--items', '5', '--out', out],
    'data convert': [data, out, '--to', 'csv'],
    train: ['wrmf-sgd', ...trained, '--out', out],
    recommend: ['--data', data, '--model', model, ...onReference],
    attack: [...attack.slice(1), '--out', out],
    evaluate: [...trained, ...evaluated, '--victims', 'wrmf-sgd'],
    verify: [fixture, ...onReference],
    'verify a problem': [problem, ...onReference],
    demo: ['--iterations', '1', '--out', out],
    'attack by a heuristic': [
      ...['--attack', 'random-filler', '--data', data, '--fakes', '2'],
      ...['--targets', 'i2', '--out', out],
    ],
    detect: [
      ...['--data', data, '--fakes', fakes, fillers, vat, '--resamples', '10', ...onReference],
      ...['--out', out],
    ],
    'detect by one': [
      ...['--data', data, '--fakes', fakes, '--detectors', 'duplicates', '--out', out],
      ...['--resamples', '10'],
    ],
    defend: [
      ...['--data', data, '--fakes', fakes, '--defence', 'filtering', ...onReference],
      ...[...tinyTraining, '--seeds', '1', '--k', '2', '--examples', fillers, '--out', out],
      ...['--share', '0.3'],
    ],
    'defend by votes': [
      ...['--data', data, '--fakes', fakes, '--defence', 'pore', ...onReference, '--bags', '5'],
      ...['--preset', 'synthetic', '--seeds', '1', '--k', '2', '--out', out],
    ],
    compare: [
      ...['quadratic', '--steps', '2', '--directions', '1', '--methods', 'exact,partial'],
      ...[...onReference, '--out', `${out}.html`],
    ],
    tape: [...['wrmf-sgd', '--data', data, ...tinyTraining, '--out', `${out}.svg`]],
    lab: ['--run', 'problem=learning-rate&iterations=1&device=reference'],
    reproduce: ['fig3', '--quick', '--seeds', '1', '--list', '--results', results],
    'reproduce a report': [
      ...['table2', 'fig4a', '--quick', '--seeds', '1', '--report', '--results', results],
      ...['--out', out],
    ],
  };
  // A command may be used in several ways: a word behind its name tells them apart.
  const ways = Object.keys(needed).filter((each) => each === name || each.startsWith(`${name} `));
  return needed[ways[way % ways.length]] ?? [];
}

/** An edit of the arguments: which, where (modulo what is there), and with which of the values. */
interface Edit {
  readonly op: number;
  readonly at: number;
  readonly value: number;
}

const number = fc.nat(2 ** 31 - 1);
const drawn = fc.noBias(
  fc.record({
    command: number,
    edits: fc.array(fc.record({ op: number, at: number, value: number }), {
      minLength: 1,
      maxLength: 4,
    }),
  }),
);

type Change = (args: string[], options: readonly Option[], edit: Edit) => void;

const setOption: Change = (args, options, { at, value }) => {
  const { long, required, optional } = options[at % options.length];
  if (!long) return;
  const there = args.indexOf(long);
  const chosen = valueOf(options[at % options.length], value);
  if (!required && !optional) args.push(long);
  else if (there >= 0) args[there + 1] = chosen;
  else if (value % 5 === 0) args.push(`${long}=${chosen}`);
  else args.push(long, chosen);
};

/** Three times in four a value of the kind that the option takes, or nearly; else any. */
function valueOf({ argChoices, flags }: Option, value: number): string {
  const takesNumber = /<(n|x|n\|all|sizes|share|n\|size)>/.test(flags);
  const isMethod = /<(names?|list|n,…)>/.test(flags);
  const isAddress = /<address>/.test(flags);
  const texts = isAddress ? addresses : isMethod ? methods : words;
  const fitting = argChoices ?? (takesNumber ? numbers : texts);
  const pool = value % 4 > 0 ? fitting : values;
  return pool[(value >> 2) % pool.length];
}

/** A flag, or a value that the option is likely to take: what does the command's work. */
const setPlainly: Change = (args, options, { at, value }) => {
  const { long, required, optional, argChoices, flags: usage } = options[at % options.length];
  if (!long || args.includes(long)) return;
  const takesNumber = /<(n|x|share|budget)>/.test(usage);
  const pool = argChoices ?? (takesNumber ? ['1', '2', '3', '0.5', '12'] : []);
  if (!required && !optional) args.push(long);
  else if (pool.length > 0) args.push(long, pool[value % pool.length]);
};

const changes: readonly Change[] = [
  ...Array.from({ length: 12 }, () => setPlainly),
  ...Array.from({ length: 9 }, () => setOption),
  // Given twice, the second time with another value.
  (args, options, { at, value }) => {
    const { long, required } = options[at % options.length];
    if (long) args.push(long, ...(required ? [values[value % values.length]] : []));
  },
  (args, _options, { at }) => {
    args.splice(at % (args.length + 1), 1);
  },
  (args, _options, { at, value }) => {
    args.splice(at % (args.length + 1), 0, values[value % values.length]);
  },
  (args, _options, { at, value }) => {
    const unknown = ['--epoch', '--zzz', '--K', '-k', '--no-json', '--help', '--version', '--json'];
    args.splice(at % (args.length + 1), 0, unknown[value % unknown.length]);
  },
];

/** Every command, with values that people give and with absurd ones. */
export const options: Campaign = {
  name: 'options',
  module: import.meta.url,
  tries:
    'Every option of every command, as it is registered, on tiny data: values that are valid, ' +
    'absurd, empty, in other scripts, given twice, left out or unknown',
  oracle:
    'status 0, or one line, status 2 and no file; a training that diverges: one line, status 1; ' +
    'long work: it ends within seconds of Ctrl-C; no NaN in what is printed, no stack',
  short: 60,
  seconds: 40,
  heap: 700,
  casesOfProcess: 200,
  open: async (folder, seed) => {
    const sandbox = await makeSandbox(folder);
    const commands = await leaves();
    const usageOf = (
      { words, command }: (typeof commands)[number],
      out: string,
      way: number,
    ): Usage => ({
      ...{ words, options: command.options },
      needed: neededBy(words.join(' '), { sandbox, out, way }),
    });
    // The demo has its own data, which takes seconds: it comes once in a while.
    const short = commands.filter(({ words }) => words[0] !== 'demo');
    const argsOf = (index: number, out: string): string[] => {
      const [{ command, edits }] = fc.sample(drawn, {
        seed: (Math.imul(seed, 7919) + index) & 0x7fffffff,
        numRuns: 1,
      });
      const from = index % 50 === 49 ? commands : short;
      const usage = usageOf(from[command % from.length], out, command >> 8);
      const args = [...usage.needed];
      for (const edit of edits) changes[edit.op % changes.length](args, usage.options, edit);
      return [...usage.words, ...args];
    };
    return {
      total: 3000,
      name: (index) =>
        argsOf(index, 'OUT')
          .map((word) => (/^[\w.:=/-]+$/.test(word) ? word : JSON.stringify(word).slice(0, 40)))
          .join(' ')
          .replaceAll(folder, 'SANDBOX'),
      run: async (index) => {
        const home = join(folder, `case-${index}`);
        const inner = join(home, 'inner');
        mkdirSync(inner, { recursive: true });
        const before = process.cwd();
        const out = join(home, 'out');
        // Words that become paths lead to nowhere else.
        process.chdir(inner);
        const args = argsOf(index, out);
        try {
          return await judge(args, home);
        } finally {
          process.chdir(before);
          rmSync(home, { recursive: true, force: true });
        }
      },
    };
  },
};

async function judge(args: readonly string[], home: string): Promise<string | undefined> {
  let isStopped = false;
  const timer = setTimeout(() => {
    isStopped = true;
    process.emit('SIGINT', 'SIGINT');
  }, 1000 * patience);
  try {
    return judgeEnd(args, home, await hypertape(args), isStopped);
  } finally {
    clearTimeout(timer);
  }
}

function judgeEnd(
  args: readonly string[],
  home: string,
  { status, stdout, stderr }: Ended,
  isStopped: boolean,
): string | undefined {
  if (/\n\s+at .*[:)]/.test(stderr)) return `a stack, status ${status}: ${stderr}`;
  if (isStopped && stopped.includes(status)) return undefined;
  const lines = stderr.split('\n').filter((line) => /^error/i.test(line));
  if (status === 0) {
    if (lines.length > 0) return `status 0 with ${lines[0]}`;
    const wrong = /.*\b(NaN|undefined|Infinity)\b.*/.exec(stdout);
    // What a user named so is printed back as it is.
    if (wrong && !args.some((arg) => arg.includes(wrong[1]))) return `prints ${wrong[0]}`;
    return wrongStdout(args, stdout);
  }
  if (status === 1 && isVerdict(args, stdout)) return undefined;
  if (status !== 2 && status !== 1) return `status ${status}: ${stderr}`;
  if (lines.length !== 1) return `status ${status} with ${lines.length} lines: ${stderr}`;
  if (status === 1) return /finite|diverge|not a number/i.test(stderr) ? undefined : stderr;
  const left = readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
  return left.length > 0 ? `refused, but left ${left}: ${lines[0]}` : undefined;
}

/** What is wrong with the standard output of a command that did its work, under --json and --quiet. */
function wrongStdout(args: readonly string[], stdout: string): string | undefined {
  // A word behind an option may be its value.
  const isGiven = (flag: string) => args.some((word, i) => word === flag && !isOption(args[i - 1]));
  const isOption = (word: string | undefined) => word?.startsWith('--') && !flags.includes(word);
  if (/^(Usage|\d)/.test(stdout)) return undefined;
  const text = stdout.trimEnd();
  if (isGiven('--json')) {
    try {
      const result = JSON.parse(text);
      return typeof result === 'object' ? undefined : `prints ${text} for an object`;
    } catch {
      return `under --json prints ${JSON.stringify(text.slice(-100))}`;
    }
  }
  const isSilent = isGiven('--quiet') && args[0] !== 'lab';
  return isSilent && text !== '' ? `under --quiet prints ${text.slice(0, 100)}` : undefined;
}

const flags = ['--json', '--quiet', '--inner', '--labels', '--quick', '--list', '--report'];

/** `verify` ends with 1 where a fixture differs. */
const isVerdict = (args: readonly string[], stdout: string): boolean =>
  args[0] === 'verify' && /differ/.test(stdout);
