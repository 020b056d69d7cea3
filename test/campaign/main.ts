/**
 * @file `npm run campaign -- [NAME …] [--count n] [--seed s]`: tries the program in very many ways.
 * What was done is kept in `.campaign/`: a run that is cut goes on with the same command.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { Output } from '../../src/cli/output.ts';
import type { Campaign, Fault } from './campaign.ts';
import { campaigns } from './registry.ts';
import { type Outcome, writeReport } from './report.ts';
import { type Progress, runCampaign } from './runner.ts';

interface Options {
  readonly count?: number;
  readonly seed: number;
  readonly only?: number;
  readonly processes: number;
  readonly report?: boolean;
}

const home = '.campaign';

/** The version of the package and the commit, with a mark if files have changed since. */
function versionOf(): string {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  try {
    const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
    const commit = git('rev-parse', '--short=8', 'HEAD');
    const changed = git('status', '--porcelain', 'src') === '' ? '' : ', changed';
    return `${version} (${commit}${changed})`;
  } catch {
    return version;
  }
}

type Stored = Outcome & { readonly asked: object; readonly progress: Progress };

const storedPath = (campaign: string): string => join(home, `${campaign}.json`);

function load(campaign: string): Stored | undefined {
  try {
    return JSON.parse(readFileSync(storedPath(campaign), 'utf8'));
  } catch {
    return undefined;
  }
}

function store(stored: Stored): void {
  mkdirSync(home, { recursive: true });
  const path = storedPath(stored.campaign);
  writeFileSync(`${path}.tmp`, JSON.stringify(stored, null, 1));
  renameSync(`${path}.tmp`, path);
}

const number = (text: string): number => {
  const value = Number(text);
  if (/^\d+$/.test(text)) return value;
  throw new Error(`expected a whole number, got ${text}`);
};

async function run(campaign: Campaign, options: Options): Promise<readonly Fault[]> {
  const { name } = campaign;
  const { seed, only, processes } = options;
  const version = versionOf();
  const count = only === undefined ? options.count : 1;
  // A run goes on where all that it depends on is the same.
  const asked = { version, seed, count: count ?? 'all' };
  const earlier = only === undefined ? load(name) : undefined;
  const goesOn = earlier && JSON.stringify(earlier.asked) === JSON.stringify(asked);
  const output = new Output({});
  const bar = output.progress(name);
  let shown = 0;
  const result = await runCampaign(campaign, {
    ...{ seed, count, processes: only === undefined ? processes : 1 },
    ...(only !== undefined && { first: only }),
    ...(goesOn && { progress: earlier.progress }),
    onCase: (tried, total) => bar.update(tried, total),
    onBlock: ({ tried, blocks, faults }) => {
      if (faults.length > shown) bar.stop();
      for (; shown < faults.length; shown++) print(name, faults[shown]);
      if (only !== undefined) return;
      const progress = { blocks, faults };
      store({ ...outcome(name, version, faults, seed), tried, asked, progress });
    },
  });
  bar.stop();
  const { tried, faults } = result;
  if (only === undefined) {
    const progress = { blocks: result.blocks, faults: result.faults };
    store({ ...outcome(name, version, faults, seed), tried, asked, progress });
  }
  console.log(`${name}: ${tried} tried, ${faults.length} at fault`);
  return faults;
}

const outcome = (campaign: string, version: string, faults: readonly Fault[], seed: number) => ({
  ...{ campaign, version, seed, failed: faults.length },
  date: new Date().toISOString().slice(0, 10),
});

const print = (campaign: string, { index, name, fault }: Fault): void =>
  console.log(`FAIL ${campaign} --only ${index}: ${name}: ${fault}`);

async function main(names: string[], options: Options): Promise<void> {
  const all = options.report ? [] : Object.keys(campaigns);
  const wanted = names.length > 0 ? names : all;
  const unknown = wanted.find((name) => !(name in campaigns));
  if (unknown !== undefined) {
    throw new Error(`there is no campaign ${unknown}; there are ${Object.keys(campaigns)}`);
  }
  let failed = 0;
  for (const name of wanted) failed += (await run(campaigns[name], options)).length;
  if (options.report) writeReport(Object.values(campaigns), load);
  process.exitCode = failed > 0 ? 1 : 0;
}

const program = new Command('campaign')
  .description('try the program in very many ways; the same command goes on after a cut')
  .argument('[name...]', `of ${Object.keys(campaigns).join(', ')}; all by default`)
  .option('--count <n>', 'cases of each (default: as many as the campaign has)', number)
  .option('--seed <n>', 'what is drawn', number, 1)
  .option('--only <n>', 'the case of this number alone', number)
  .option('--processes <n>', 'processes at once', number, 2)
  .option('--report', 'write what was tried into docs/reliability.md; without names run nothing')
  .action(main);
try {
  await program.parseAsync();
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exitCode = 2;
}
process.exit();
