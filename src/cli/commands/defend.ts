/** @file `hypertape defend`: what a defence gains against fake users, and what it costs. */

import { join } from 'node:path';
import type { Command } from 'commander';
import {
  type DataSet,
  expectTest,
  makeFolder,
  readDataFolder,
  writeAtomically,
} from '../../data/index.ts';
import {
  type Defence,
  type DefenceSettings,
  type DefenceTask,
  defence,
  expectVictim,
} from '../../defence/index.ts';
import {
  type Certified,
  certificateTable,
  certify,
  type DefenceOutcome,
  type DefenceRuns,
  type DefendedResult,
  defenceReport,
  defenceTable,
  evaluateDefended,
  evaluateVictim,
  findings,
  readFakes,
  type StoredFakes,
  seedsOf,
  summaryOf,
  type VictimOptions,
  victimSeeds,
} from '../../eval/index.ts';
import { modelKind } from '../../models/index.ts';
import { commandLine } from '../command-line.ts';
import {
  type DefendOptions,
  defendOptions,
  expectRead,
  suspicionOf,
  targetsOfAttack,
  told,
} from '../defend/options.ts';
import { namesNote, namesOf } from '../ids.ts';
import { interruptible } from '../interrupt.ts';
import { noteLength } from '../list-length.ts';
import { settingsOf } from '../model-options.ts';
import { deviceOf } from '../options.ts';
import { Output } from '../output.ts';
import { expectTraining } from '../room.ts';

/** The command `defend`. */
export const defendCommand = (): Command => defendOptions().action(defend);

async function defend(options: DefendOptions, command: Command): Promise<void> {
  const output = new Output(options);
  const chosen = defence(options.defence);
  expectRead(chosen, options, command);
  const kind = modelKind(options.victim ?? chosen.victims?.[0] ?? 'wrmf-sgd');
  expectVictim(chosen, kind.name);
  const kinds = chosen.trainsAs ? [kind, modelKind(chosen.trainsAs)] : [kind];
  const [settings, trained] = settingsOf(kinds, options);
  const defenceSettings = told(chosen, options, trained);
  const data = await readDataFolder(options.data);
  expectTest(data, 'defend');
  const attack = await readFakes(options.fakes, data);
  const targets = targetsOfAttack(attack, data, options);
  const sizes = { users: data.train.rows + attack.fakes.rows, items: data.train.columns };
  for (const each of kinds) expectTraining(each, settings, sizes);
  if (options.out) await makeFolder(options.out);
  const suspicion = await suspicionOf(chosen, data, options);
  const device = await deviceOf(options);
  const seeds = victimSeeds(
    options.seeds,
    options.seed,
    attack.record ? seedsOf(attack.record) : [],
  );
  const runs = await interruptible(
    () => 'nothing was written; the same command begins anew',
    async (signal) => {
      const { k } = options;
      const how = { kind, settings, targets, k, device, signal };
      const defended = { defence: chosen, defenceSettings };
      return trainAll(output, data, attack, seeds, how, { ...defended, suspicion });
    },
  );
  const outcome: DefenceOutcome = {
    ...summaryOf(runs),
    data: data.name,
    defence: chosen.name,
    about: chosen.about,
    victim: kind.name,
    fakes: options.fakes,
    users: { genuine: data.train.rows, fake: attack.fakes.rows },
    k: options.k,
    seeds,
    certified: certifiedOf(data, runs[0].defended.clean, options),
    command: commandLine(),
  };
  output.line(
    `target items ${targets.map(namesOf(data, 'items', options.inner).nameOf).join(', ')}; ` +
      namesNote(data, options.inner),
  );
  await report(output, options, outcome);
  noteLength(output, options.k, data);
  output.result({
    ...outcome,
    device: device.name,
    settings,
    defenceSettings,
    runs: runs.map(plainRuns),
  });
}

/** Runs without the votes, which are large. */
const plainRuns = ({ plain, defended }: DefenceRuns) => {
  const { votes: _clean, ...clean } = defended.clean;
  const { votes: _attacked, ...attacked } = defended.attacked;
  return { plain, defended: { clean, attacked } };
};

async function trainAll(
  output: Output,
  data: DataSet,
  { fakes }: StoredFakes,
  seeds: readonly number[],
  how: Omit<VictimOptions, 'seed'>,
  with_: {
    readonly defence: Defence;
    readonly defenceSettings: DefenceSettings;
    readonly suspicion?: (seed: number) => DefenceTask['suspicion'];
  },
): Promise<DefenceRuns[]> {
  const runs: DefenceRuns[] = [];
  for (const seed of seeds) {
    const run = async <T extends object>(what: string, train: (onStep: Step) => Promise<T>) => {
      const progress = output.progress(`seed ${seed}, ${what}: training steps`);
      const result = await train((done, total) => progress.update(done, total));
      progress.stop();
      return { seed, ...result };
    };
    const plain = (attacked: boolean) => (onStep: Step) =>
      evaluateVictim(data, attacked ? fakes : null, { ...how, seed, onStep });
    const defended = (attacked: boolean) => (onStep: Step) =>
      evaluateDefended(data, attacked ? fakes : null, {
        ...how,
        ...with_,
        suspicion: with_.suspicion?.(seed),
        seed,
        onStep,
      });
    const before = how.kind.seedless ? runs[0]?.plain : undefined;
    const done: DefenceRuns = {
      plain: {
        clean: before ? { ...before.clean, seed } : await run('undefended', plain(false)),
        attacked: before
          ? { ...before.attacked, seed }
          : await run('undefended, attacked', plain(true)),
      },
      defended: {
        clean: await run('defended', defended(false)),
        attacked: await run('defended, attacked', defended(true)),
      },
    };
    const hits = [done.plain.attacked, done.defended.attacked].map((x) =>
      x.targetHitRate.toFixed(4),
    );
    output.line(
      `seed ${seed}: TargetHR@${how.k} under attack ${hits[0]} undefended, ${hits[1]} defended`,
    );
    runs.push(done);
  }
  return runs;
}

type Step = (done: number, total: number) => void;

/** What the votes on the clean data certify, of the first seed. */
function certifiedOf(
  data: DataSet,
  { votes }: DefendedResult,
  { k, certify: fakes, alpha }: DefendOptions,
): Certified[] | undefined {
  return votes && certify(data, votes, { k, fakes, alpha });
}

async function report(
  output: Output,
  { out, alpha }: DefendOptions,
  outcome: DefenceOutcome,
): Promise<void> {
  const { k, certified, seeds } = outcome;
  output.table(...defenceTable(outcome.rows, k));
  if (seeds.length > 1) output.line('means ± their 95 % interval (Student)');
  for (const line of findings(outcome)) output.line(line);
  if (certified) {
    output.line(`certified for the clean data, wrong with probability at most ${alpha}:`);
    output.table(...certificateTable(certified, k));
  }
  if (!out) return;
  const path = join(out, 'report.html');
  await writeAtomically(path, await defenceReport(outcome));
  output.line(`report in ${path}`);
}
