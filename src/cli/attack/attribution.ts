/** @file How far back the gradient of a learned attack reaches, for its report. */

import { poisonOf } from '../../attack/clicks.ts';
import { type AttackState, adversarialObjective } from '../../attack/index.ts';
import { attribution, type Device, type Progress, release } from '../../autodiff/index.ts';
import type { Horizon } from '../../eval/index.ts';
import type { Surrogate } from '../../models/index.ts';
import type { AttackOptions, AttackPlan } from './plan.ts';
import { type AttackModels, type SurrogateChoice, surrogatesAt } from './surrogates.ts';

/** Steps of a training whose whole horizon costs little beside that of a truncated one. */
const fewSteps = 100;

/**
 * Whether an attack attributes its gradient: as `--attribution` says, else where it costs little
 * beside the attack: with `exact` it is one more iteration, and short trainings are cheap.
 */
export function isAttributed(
  { attribution: asked }: Pick<AttackOptions, 'attribution'>,
  { settings }: Pick<AttackPlan, 'settings'>,
  [{ method }]: readonly SurrogateChoice[],
  { steps }: Pick<Surrogate, 'steps'>,
): boolean {
  if (settings.method === undefined) return false;
  return asked ?? (method === 'exact' || (method.startsWith('truncated') && steps <= fewSteps));
}

/** What the attribution of an attack reads. */
export interface AttributedRun {
  readonly models: AttackModels;
  readonly choices: readonly SurrogateChoice[];
  readonly device: Device;
  readonly onProgress: Progress;
  readonly signal: AbortSignal;
}

/**
 * The attribution of the gradient at the best fake users, through the first surrogate of their
 * iteration; undefined where none is wanted. Costs an exact hypergradient, or two where its terms
 * take more than a gigabyte.
 */
export async function horizonOf(
  { best }: Pick<AttackState, 'best'>,
  options: AttackOptions & { readonly blockUsers: number },
  plan: AttackPlan,
  { models, choices, device, onProgress, signal }: AttributedRun,
): Promise<Horizon | undefined> {
  const [surrogate] = surrogatesAt(models, best.iteration);
  if (!isAttributed(options, plan, choices, surrogate)) return undefined;
  const objective = adversarialObjective(surrogate, plan.goal, plan.data.train, options.blockUsers);
  const started = performance.now();
  const { curve, gradient, state, sweeps } = await attribution(
    { ...surrogate, ...objective, inputs: poisonOf(best.fakes) },
    { device, checkpoints: options.checkpoints, onProgress, signal },
  );
  release([gradient, state]);
  const seconds = (performance.now() - started) / 1e3;
  const { name, stepsPerEpoch } = surrogate;
  const [own] = models.methodNames.split(', ');
  const depth = own === 'exact()' ? surrogate.steps : Number(/\d+/.exec(own)?.[0] ?? 0);
  return {
    surrogate: name,
    stepsPerEpoch,
    curve,
    seconds,
    sweeps,
    depth: Math.min(depth, surrogate.steps),
  };
}
