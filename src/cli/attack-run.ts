/** @file A run of `hypertape attack` that learns fake users, from its start or where it stopped. */

import {
  type AttackKind,
  type AttackRecord,
  type AttackSettings,
  type AttackState,
  type Budget,
  candidatesOf,
  craftFakes,
  type Goal,
  type Measured,
  matrixOf,
  projectionOf,
} from '../attack/index.ts';
import type { Checkpoints, Progress } from '../autodiff/index.ts';
import { columnCounts, type DataSet, expectTest } from '../data/index.ts';
import { type DataDigest, dataDigest, diverged, measure, writeFakes } from '../eval/index.ts';
import { type ScoreUsers, type Settings, surrogateKind } from '../models/index.ts';
import type { AttackSettingOptions } from './attack-settings.ts';
import type { Name } from './ids.ts';
import { interruptible } from './interrupt.ts';
import {
  type CommonOptions,
  deviceOf,
  type ModelOptions,
  parseMethod,
  settingsOf,
} from './options.ts';
import type { Output } from './output.ts';
import { expectNumbers, expectTraining } from './room.ts';
import { RunFolder } from './run-folder.ts';

/** The options of `attack`. */
export type AttackOptions = CommonOptions &
  ModelOptions &
  AttackSettingOptions & {
    data: string;
    out: string;
    attack: string;
    checkpoints: Checkpoints;
    goal: Goal['kind'];
    targets: string;
    inner?: boolean;
    fakes: string;
    clicks: string;
    blockUsers?: number;
    k: number;
  };

/** An attack with its settings, the data, the targets by number and by name, and the budget. */
export interface AttackPlan {
  readonly kind: AttackKind;
  readonly settings: AttackSettings;
  readonly data: DataSet;
  readonly targets: readonly number[];
  readonly goal: Goal;
  readonly names: readonly Name[];
  readonly count: number;
  readonly budget: Budget;
}

/** Learns fake users and writes them, going on where an earlier run with these options stopped. */
export async function learnOrResume(options: AttackOptions, output: Output, plan: AttackPlan) {
  const { surrogate, settings, candidates, method } = prepare(options, plan);
  const { kind, data, goal, targets, budget } = plan;
  expectTest(data, 'attack');
  const { seed } = options;
  const iterations = Number(plan.settings.iterations);
  const device = await deviceOf(options);
  const digest = dataDigest(data);
  const names = { surrogate: settings, method: method.name, device: device.name };
  const folder = await openFolder(options, plan, digest, names);
  const results = new Results(folder, options, plan, digest, candidates);
  const stopped = await stateOf(output, results, candidates);
  let iteration = stopped?.iteration ?? 0;
  let best = stopped?.best;
  let history = stopped?.history ?? [];
  const learn = (signal: AbortSignal) =>
    craftFakes(
      kind,
      {
        train: data.train,
        goal,
        budget,
        seed,
        learning: {
          surrogate,
          candidates,
          method,
          blockUsers: options.blockUsers ?? blockOf(data.train.columns),
          device,
          signal,
          stopped,
          measure: (scores) => measureAttack(options, scores, targets, data, signal),
          onStep: stepProgress(output),
          onIteration: async (state, record) => {
            ({ iteration, best, history } = state);
            await folder.save(state);
            await results.write(state);
            output.line(describe(record, iterations));
          },
        },
      },
      plan.settings,
    );
  const mend = () => `the same command goes on after iteration ${iteration}`;
  try {
    const fakes = await interruptible(mend, (signal) =>
      diverged({ name: surrogate.name }, settings, () => learn(signal)),
    );
    output.line(`best at iteration ${best?.iteration}`);
    const clicks = fakes.indices.length;
    const { quality, iteration: at } = best ?? { quality: Number.NaN, iteration: -1 };
    return { path: results.path, clicks, best: { quality, iteration: at }, history };
  } catch (error) {
    await folder.giveUp();
    throw error;
  }
}

/** The folder of a run, which depends on these. */
const openFolder = (
  { out, clicks, seed, k }: AttackOptions,
  { kind, settings, data, goal, names, count }: AttackPlan,
  digest: DataDigest,
  made: { surrogate: Settings; method: string; device: string },
) =>
  RunFolder.open(
    out,
    {
      data: data.name,
      digest,
      attack: kind.name,
      ...settings,
      // The name leaves the checkpoints out: the gradient does not depend on them.
      method: made.method,
      settings: made.surrogate,
      goal: goal.kind,
      targets: names,
      count,
      clicks,
      seed,
      k,
      device: made.device,
    },
    'iterations',
  );

/** Users scored at once for the loss. */
const blockOf = (items: number): number => Math.min(1024, Math.max(1, Math.floor(2 ** 26 / items)));

/** What the options ask for, checked before anything is made. */
function prepare(options: AttackOptions, plan: AttackPlan) {
  const { data, targets, count } = plan;
  const { train } = data;
  const kind = surrogateKind(`${plan.settings.surrogate}`);
  const [settings] = settingsOf([kind], options);
  const most = Number(plan.settings.candidates) || train.columns;
  const candidates = candidatesOf(columnCounts(train), targets, most);
  const cells = count * (candidates?.length ?? train.columns);
  expectNumbers('fake users', cells, 'lower --fakes, or hold them to fewer items by --candidates');
  // Words that mean nothing are refused before anything is made.
  const { projection } = plan.settings;
  if (projection !== undefined) projectionOf(`${projection}`, plan.budget, train.columns);
  expectTraining(kind, settings, { users: train.rows + count, items: train.columns });
  const surrogate = kind.differentiable(train, count, settings, options.seed, candidates);
  const { stepsPerEpoch } = surrogate;
  const method = parseMethod(`${plan.settings.method}`, stepsPerEpoch, options.checkpoints);
  return { surrogate, settings, candidates, method };
}

/** The best fake users of a run so far, in its folder. */
class Results {
  /** The iteration of those written last. */
  private written: number | undefined;

  constructor(
    readonly folder: RunFolder,
    private readonly options: AttackOptions,
    readonly plan: AttackPlan,
    private readonly digest: DataDigest,
    private readonly candidates?: Int32Array,
  ) {}

  get path(): string {
    return this.folder.file('fakes.npz');
  }

  /** Writes them unless they are there. */
  async write({ best }: AttackState): Promise<void> {
    if (this.written === best.iteration) return;
    const { seed } = this.options;
    const { kind, settings, goal, data, targets, budget } = this.plan;
    const fakes = matrixOf(best.fakes, data.train.columns, this.candidates);
    await writeFakes(this.path, fakes, data, {
      attack: kind.name,
      settings,
      goal: goal.kind,
      seed,
      targets,
      budget,
      digest: this.digest,
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
  output.line(`going on after iteration ${stored.iteration}`);
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
  const { targetHitRate, targetMeanRank, recall } = measured;
  const quality = { promote: targetHitRate, demote: -targetHitRate, untargeted: -recall }[goal];
  if (targets.length === 0) return { quality, figures: { recall } };
  return { quality, figures: { targetHitRate, targetMeanRank, recall } };
}

function stepProgress(output: Output): Progress {
  const bars = {
    forward: output.progress('training steps'),
    objective: output.progress('blocks of users scored'),
    backward: output.progress('steps differentiated'),
  };
  return (phase, done, total) => {
    bars[phase].update(done, total);
    if (done === total) bars[phase].stop();
  };
}

function describe({ iteration, loss, clicks, seconds, figures }: AttackRecord, last: number) {
  const parts = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  const time = `${seconds.toFixed(1)} s`;
  return `${iteration}/${last}: loss ${loss.toFixed(2)}, ${parts.join(', ')}, ${clicks} clicks, ${time}`;
}
