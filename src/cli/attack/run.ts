/** @file A run of `hypertape attack` that learns fake users, from its start or where it stopped. */

import {
  type AttackSeeds,
  type AttackState,
  candidatesOf,
  craftFakes,
  type Measured,
  matrixOf,
  projectionOf,
} from '../../attack/index.ts';
import type { Device } from '../../autodiff/index.ts';
import { columnCounts, type DataSet, expectTest } from '../../data/index.ts';
import {
  attackHorizon,
  type DataDigest,
  dataDigest,
  diverged,
  keptText,
  measure,
  writeFakes,
} from '../../eval/index.ts';
import type { ScoreUsers, Settings } from '../../models/index.ts';
import { interruptible } from '../interrupt.ts';
import { deviceOf } from '../options.ts';
import type { Output } from '../output.ts';
import { expectNumbers, expectTraining } from '../room.ts';
import { type AttributedRun, horizonOf } from './attribution.ts';
import { describe } from './line.ts';
import type { AttackOptions, AttackPlan } from './plan.ts';
import { judgesOf, type ReportFacts, writeAttackReport } from './report.ts';
import { RunFolder } from './run-folder.ts';
import { stepProgress } from './step-progress.ts';
import { attackModels, settingsOfAll, surrogateChoices } from './surrogates.ts';

/** Learns fake users and writes them, going on where an earlier run with these options stopped. */
export async function learnOrResume(options: AttackOptions, output: Output, plan: AttackPlan) {
  const prepared = prepare(options, plan);
  expectTest(plan.data, 'attack');
  const device = await deviceOf(options);
  const digest = dataDigest(plan.data);
  const folder = await openFolder(options, plan, digest, {
    surrogate: settingsOfAll(prepared.choices),
    method: prepared.models.methodNames,
    device: device.name,
    blockUsers: prepared.blockUsers,
  });
  try {
    return await learnIn(folder, options, output, plan, { ...prepared, device, digest });
  } finally {
    await folder.close();
  }
}

async function learnIn(
  folder: RunFolder,
  options: AttackOptions,
  output: Output,
  plan: AttackPlan,
  made: ReturnType<typeof prepare> & { readonly device: Device; readonly digest: DataDigest },
) {
  const { models, choices, candidates, blockUsers, device, digest } = made;
  const { kind, data, goal, targets, budget } = plan;
  const results = new Results(folder, options, plan, { digest, seeds: models.seeds, candidates });
  const stopped = await stateOf(output, results, candidates);
  // An attack that makes one fake user after the other has as many iterations.
  const iterations = Number(plan.settings.iterations ?? plan.count - 1);
  let iteration = stopped?.iteration ?? 0;
  let state = stopped;
  const learn = (signal: AbortSignal) =>
    craftFakes(
      kind,
      {
        train: data.train,
        goal,
        budget,
        seed: options.seed,
        learning: {
          surrogate: models.surrogate,
          heldOut: models.heldOut,
          candidates,
          method: models.method,
          blockUsers,
          device,
          signal,
          stopped,
          measure: (scores) => measureAttack(options, scores, targets, data, signal),
          onStep: stepProgress(output),
          onIteration: async (now, record) => {
            state = now;
            iteration = now.iteration;
            await folder.save(now);
            await results.write(now);
            output.line(describe(record, iterations));
            for (const warning of record.implicit?.warnings ?? []) output.line(`  ${warning}`);
          },
        },
      },
      plan.settings,
    );
  const mend = () => `the same command goes on with iteration ${iteration}`;
  const fakes = await interruptible(mend, (signal) =>
    diverged({ name: `${plan.settings.surrogate}` }, choices[0].settings, () => learn(signal)),
  );
  if (!state) throw new Error('internal: an attack without an iteration');
  const report = await finish(output, options, plan, state, {
    settings: settingsOfAll(choices),
    candidates,
    seeds: models.seeds,
    device: device.name,
    path: folder.file('report.html'),
    horizon: await reach(
      state,
      { ...options, blockUsers },
      plan,
      { models, choices, device },
      output,
    ),
  });
  return { path: results.path, clicks: fakes.indices.length, ...report };
}

/** How far back the gradient reaches, where that is wanted. */
function reach(
  state: AttackState,
  options: AttackOptions & { blockUsers: number },
  plan: AttackPlan,
  made: Pick<AttributedRun, 'models' | 'choices' | 'device'>,
  output: Output,
) {
  const kept = () => 'the fake users are there, and the same command writes the report';
  return interruptible(kept, (signal) =>
    horizonOf(state, options, plan, {
      ...made,
      signal,
      onProgress: stepProgress(output),
    }),
  );
}

/** Says what came out, and writes the report. */
async function finish(
  output: Output,
  options: AttackOptions,
  plan: AttackPlan,
  state: AttackState,
  facts: ReportFacts,
) {
  const { best, history, settled, iteration } = state;
  output.line(keptText(best.iteration, judgesOf(plan, facts.seeds), plan.goal.kind));
  if (settled) {
    output.line(`the fake users no longer change after ${iteration} updates: the attack has ended`);
  }
  const outside = history[best.iteration]?.outsideRange;
  if (outside !== undefined) {
    output.line(
      `${outside} of ${plan.count} fake users stay outside of the genuine 5 to 95 % range`,
    );
  }
  const share = history.findLast(({ targetShare }) => targetShare !== undefined)?.targetShare;
  if (share !== undefined && share > 0.95 && !plan.settings.clickTargets) {
    output.line(
      `${(100 * share).toFixed(1)} % of the gradient lies on the targets, so that other clicks ` +
        'hardly move: --click-targets fixes those on the targets and leaves them out',
    );
  }
  if (facts.horizon) output.line(attackHorizon(facts.horizon).join(' '));
  await writeAttackReport(state, options, plan, facts);
  output.line(`its course, its fake users and how genuine they look: ${facts.path}`);
  const { quality, iteration: at } = best;
  return { report: facts.path, best: { quality, iteration: at }, settled, history };
}

/** The folder of a run, which depends on these. */
const openFolder = (
  { out, clicks, seed, k }: AttackOptions,
  { kind, settings, data, goal, names, count }: AttackPlan,
  digest: DataDigest,
  made: { surrogate: Settings; method: string; device: string; blockUsers: number },
) =>
  RunFolder.open(
    out,
    {
      data: data.name,
      digest,
      attack: kind.name,
      ...settings,
      method: made.method,
      settings: made.surrogate,
      goal: goal.kind,
      targets: names,
      count,
      clicks,
      seed,
      k,
      device: made.device,
      blockUsers: made.blockUsers,
    },
    { growing: 'iterations', added: 'blockUsers' },
  );

/** Users scored at once for the loss. */
const blockOf = (items: number): number => Math.min(1024, Math.max(1, Math.floor(2 ** 26 / items)));

/** What the options ask for, checked before anything is made. */
function prepare(options: AttackOptions, plan: AttackPlan) {
  const { data, targets, count } = plan;
  const { train } = data;
  const choices = surrogateChoices(plan.settings, options);
  const most = Number(plan.settings.candidates) || train.columns;
  const candidates = candidatesOf(columnCounts(train), targets, most);
  const cells = count * (candidates?.length ?? train.columns);
  expectNumbers('fake users', cells, 'lower --fakes, or hold them to fewer items by --candidates');
  // Words that mean nothing are refused before anything is made.
  const { projection } = plan.settings;
  if (projection !== undefined) projectionOf(`${projection}`, plan.budget, train.columns);
  for (const { kind, settings } of choices) {
    expectTraining(kind, settings, { users: train.rows + count, items: train.columns });
  }
  const models = attackModels(choices, { train, fakes: count, candidates }, plan.settings, options);
  // Sums over other blocks round otherwise.
  const blockUsers = options.blockUsers ?? blockOf(train.columns);
  return { models, choices, candidates, blockUsers };
}

/** The best fake users of a run so far, in its folder. */
class Results {
  /** The iteration of those written last. */
  private written: number | undefined;

  constructor(
    readonly folder: RunFolder,
    private readonly options: AttackOptions,
    readonly plan: AttackPlan,
    private readonly of: {
      readonly digest: DataDigest;
      readonly seeds: AttackSeeds;
      readonly candidates?: Int32Array;
    },
  ) {}

  get path(): string {
    return this.folder.file('fakes.npz');
  }

  /** Writes them unless they are there. */
  async write({ best, history }: AttackState): Promise<void> {
    if (this.written === best.iteration) return;
    const { seed } = this.options;
    const { kind, settings, goal, data, targets, budget } = this.plan;
    const fakes = matrixOf(best.fakes, data.train.columns, this.of.candidates);
    await writeFakes(this.path, fakes, data, {
      attack: kind.name,
      settings,
      goal: goal.kind,
      seed,
      seeds: [...this.of.seeds.until(best.iteration)],
      targets,
      budget,
      outsideRange: history[best.iteration]?.outsideRange,
      digest: this.of.digest,
    });
    this.written = best.iteration;
  }
}

/** The state that an earlier run stopped at, if there is one. */
async function stateOf(
  output: Output,
  results: Results,
  candidates?: Int32Array,
): Promise<AttackState | undefined> {
  const { data, count } = results.plan;
  const stored = await results.folder.load(count, candidates?.length ?? data.train.columns);
  if (!stored) return undefined;
  output.line(`going on with iteration ${stored.iteration}`);
  // A killed run may have left these behind its state.
  await results.folder.saveHistory(stored.history);
  await results.write(stored);
  return stored;
}

async function measureAttack(
  { goal, k }: AttackOptions,
  scores: ScoreUsers,
  targets: readonly number[],
  data: DataSet,
  signal: AbortSignal,
): Promise<Measured> {
  const measured = await measure(scores, data, { k, targets, signal });
  // All real users count, whether they have test clicks or not.
  const { targetHitRateOfAll: targetHitRate, targetMeanRank, recall } = measured;
  const quality = { promote: targetHitRate, demote: -targetHitRate, untargeted: -recall }[goal];
  if (targets.length === 0) return { quality, figures: { recall } };
  return { quality, figures: { targetHitRate, targetMeanRank, recall } };
}
