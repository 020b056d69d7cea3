/** @file One run on Gowalla in a process of its own, whose peak memory is the run's alone. */

import {
  compiledPlans,
  type Estimator,
  exact,
  hypergradient,
  openDevice,
  truncated,
} from '../src/autodiff/index.ts';
import { readDataFolder } from '../src/data/index.ts';
import { evaluateVictim } from '../src/eval/index.ts';
import { modelKind } from '../src/models/index.ts';
import { gowallaProblem, gowallaTargets } from './problems.ts';

/** What a run prints as JSON, and what one may ask for. */
export interface RunResult {
  readonly seconds: number;
  readonly peakBytes: number;
  readonly figures: Readonly<Record<string, number>>;
}

export type RunName = 'training' | 'truncated' | 'exact';

const unrolledEpochs = 10;
/** The default of `hypertape attack`. */
const checkpoints = { bytes: 1e9 };

const [name, folder, threads] = process.argv.slice(2);
const data = await readDataFolder(folder);
const device = await openDevice('simd', { threads: Number(threads) });

/** Trains without fake users and ranks: what an attack starts from. */
async function training() {
  const kind = modelKind('wrmf-sgd');
  const options = { kind, settings: kind.defaults, seed: 1, device, k: 50 };
  const result = await evaluateVictim(data, null, { ...options, targets: gowallaTargets });
  const { recall, targetHitRate, trainSeconds, rankSeconds } = result;
  const figures = { 'Recall@50': recall, 'TargetHR@50': targetHitRate, 'ranking s': rankSeconds };
  return { seconds: trainSeconds, figures };
}

async function outerIteration(methodOf: (stepsPerEpoch: number) => Estimator) {
  const problem = gowallaProblem(data.train);
  const started = performance.now();
  const { cost } = await hypergradient(problem, {
    method: methodOf(problem.stepsPerEpoch),
    device,
  });
  const seconds = (performance.now() - started) / 1e3;
  const { forwardSteps, heldStates } = cost;
  const figures = { 'steps forward': forwardSteps, 'states held': heldStates };
  return { seconds, figures: { ...figures, plans: compiledPlans(device) } };
}

const runs: Record<RunName, () => Promise<Pick<RunResult, 'seconds' | 'figures'>>> = {
  training,
  truncated: () => outerIteration((steps) => truncated(unrolledEpochs * steps, { checkpoints })),
  exact: () => outerIteration(() => exact({ checkpoints })),
};

const measured = await runs[name as RunName]();
const result: RunResult = { ...measured, peakBytes: process.resourceUsage().maxRSS * 1024 };
console.log(JSON.stringify(result));
// Worker threads would keep the process.
process.exit();
