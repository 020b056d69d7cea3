/** @file A run of `hypertape attack` that learns fake users, from its start or where it stopped. */

import {
  type AttackRecord,
  type AttackState,
  candidatesOf,
  copiedUsers,
  type Goal,
  learnFakes,
  type Measured,
  matrixOf,
  startAttack,
} from '../attack/index.ts';
import type { Checkpoints, Progress } from '../autodiff/index.ts';
import { columnCounts, type DataSet, expectTest, random } from '../data/index.ts';
import { type DataDigest, dataDigest, diverged, measure, writeFakes } from '../eval/index.ts';
import { type ScoreUsers, surrogateKind } from '../models/index.ts';
import type { Name } from './ids.ts';
import { interruptible } from './interrupt.ts';
import {
  type CommonOptions,
  deviceOf,
  type ModelOptions,
  parseMethod,
  parseProjection,
  settingsOf,
} from './options.ts';
import type { Output } from './output.ts';
import { expectNumbers, expectTraining } from './room.ts';
import { RunFolder } from './run-folder.ts';

/** The options of `attack`. */
export type AttackOptions = CommonOptions &
  ModelOptions & {
    data: string;
    out: string;
    surrogate: string;
    method: string;
    checkpoints: Checkpoints;
    goal: Goal['kind'];
    targets: string;
    inner?: boolean;
    fakes: string;
    candidates?: number;
    iterations: number;
    outerRate: number;
    outerMomentum: number;
    projection: string;
    normalizeRows: boolean;
    clickTargets: boolean;
    copyLimit: number;
    fillers?: number;
    blockUsers?: number;
    k: number;
  };

/** What an attack is on: the data, the targets by number and by name, and the fake users. */
export interface AttackPlan {
  readonly data: DataSet;
  readonly targets: readonly number[];
  readonly names: readonly Name[];
  readonly count: number;
}

/** Learns fake users and writes them, going on where an earlier run with these options stopped. */
export async function learnOrResume(options: AttackOptions, output: Output, plan: AttackPlan) {
  const { surrogate, settings, candidates, method, outer } = prepare(options, plan);
  const { data, targets, count } = plan;
  expectTest(data, 'attack');
  const { goal: kind, seed, k, iterations } = options;
  const device = await deviceOf(options);
  const digest = dataDigest(data);
  const folder = await RunFolder.open(
    options.out,
    {
      data: data.name,
      digest,
      surrogate: surrogate.name,
      settings,
      goal: kind,
      targets: plan.names,
      count,
      candidates: candidates?.length ?? 'all',
      // The name leaves the checkpoints out: the gradient does not depend on them.
      method: method.name,
      iterations,
      ...outer,
      copyLimit: options.copyLimit,
      seed,
      k,
      device: device.name,
    },
    'iterations',
  );
  const results = new Results(folder, options, plan, digest, method.name, candidates);
  const start = await startOrResume(options, output, results, candidates);
  const goal: Goal = kind === 'untargeted' ? { kind } : { kind, targets };
  const learn = (signal: AbortSignal) =>
    learnFakes(start, {
      train: data.train,
      surrogate,
      goal,
      method,
      iterations,
      ...outer,
      blockUsers: options.blockUsers ?? blockOf(data.train.columns),
      device,
      signal,
      measure: (scores) => measureAttack(options, scores, plan, signal),
      onStep: stepProgress(output),
      onIteration: async (state, record) => {
        await folder.save(state);
        await results.write(state);
        output.line(describe(record, iterations));
      },
    });
  const mend = () => `the same command goes on after iteration ${start.iteration}`;
  try {
    const { best, history } = await interruptible(mend, (signal) =>
      diverged({ name: surrogate.name }, settings, () => learn(signal)),
    );
    const { quality, iteration } = best;
    output.line(`best at iteration ${iteration}`);
    const clicks = matrixOf(best.fakes, data.train.columns, candidates).indices.length;
    return { path: results.path, clicks, best: { quality, iteration }, history };
  } catch (error) {
    await folder.giveUp();
    throw error;
  }
}

/** Users scored at once for the loss. */
const blockOf = (items: number): number => Math.min(1024, Math.max(1, Math.floor(2 ** 26 / items)));

/** What the options ask for, checked before anything is made. */
function prepare(options: AttackOptions, { data: { train }, targets, count }: AttackPlan) {
  const kind = surrogateKind(options.surrogate);
  const [settings] = settingsOf([kind], options);
  const most = options.candidates ?? train.columns;
  const candidates = candidatesOf(columnCounts(train), targets, most);
  const cells = count * (candidates?.length ?? train.columns);
  expectNumbers('fake users', cells, 'lower --fakes, or hold them to fewer items by --candidates');
  expectTraining(kind, settings, { users: train.rows + count, items: train.columns });
  const surrogate = kind.differentiable(train, count, settings, options.seed, candidates);
  const method = parseMethod(options.method, surrogate.stepsPerEpoch, options.checkpoints);
  const outer = {
    learningRate: options.outerRate,
    momentum: options.outerMomentum,
    projection: parseProjection(options.projection),
    normalizeRows: options.normalizeRows,
    clickTargets: options.clickTargets,
  };
  return { surrogate, settings, candidates, method, outer };
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
    private readonly method: string,
    private readonly candidates?: Int32Array,
  ) {}

  get path(): string {
    return this.folder.file('fakes.npz');
  }

  /** Writes them unless they are there. */
  async write({ best }: AttackState): Promise<void> {
    if (this.written === best.iteration) return;
    const { goal, seed, projection } = this.options;
    const { data, targets, count } = this.plan;
    const parsed = parseProjection(projection);
    const clicksOfUser = parsed.kind === 'top' ? { clicksOfUser: parsed.clicks } : {};
    const fakes = matrixOf(best.fakes, data.train.columns, this.candidates);
    await writeFakes(this.path, fakes, data, {
      method: this.method,
      goal,
      seed,
      targets,
      allowed: { users: count, ...clicksOfUser },
      digest: this.digest,
    });
    this.written = best.iteration;
  }
}

async function startOrResume(
  { copyLimit, seed }: AttackOptions,
  output: Output,
  results: Results,
  candidates?: Int32Array,
): Promise<AttackState> {
  const { data, count } = results.plan;
  const stored = await results.folder.load(count, candidates?.length ?? data.train.columns);
  if (stored) {
    output.line(`going on after iteration ${stored.iteration}`);
    // A killed run may have left these behind its state.
    await results.folder.saveHistory(stored.history);
    await results.write(stored);
    return stored;
  }
  const copies = copiedUsers(data.train, count, copyLimit, random(seed).fork('copied users'));
  return startAttack(copies, candidates);
}

async function measureAttack(
  { goal, k }: AttackOptions,
  scores: ScoreUsers,
  { data, targets }: AttackPlan,
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
