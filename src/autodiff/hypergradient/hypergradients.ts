/** @file `hypergradients`: the derivatives of several objectives of one training run. */

import { type Device, expectDevice } from '../devices/device.ts';
import { defaultDevice } from '../devices/open.ts';
import { buffersOf, release } from '../run/buffers.ts';
import { nonFiniteEntry, nonFiniteError } from '../run/non-finite-error.ts';
import { expectOptions } from '../tape/options.ts';
import { showValue } from '../tape/show-value.ts';
import type { Tree } from '../tape/tree.ts';
import { checkedProblems } from './checked.ts';
import { type CheckpointOptions, expectCheckpoints, MethodError } from './checkpoints.ts';
import type { HypergradientOptions } from './hypergradient.ts';
import type { NoData, Objective, Training } from './problem.ts';
import { reverseSweeps, type Swept } from './reverse-sweep.ts';

/** Options of `hypergradients`: those of `hypergradient` beside the method, and `checkpoints`. */
export interface HypergradientsOptions
  extends Omit<HypergradientOptions, 'method'>,
    CheckpointOptions {}

/** Values and gradients in the order of the objectives, and what they cost together. */
export interface Hypergradients<S extends Tree, I extends Tree> {
  readonly results: readonly Swept<I>[];
  /** The state after the last step: leaves on the device. */
  readonly state: S;
  /** Steps run forward in all, and the most states held at once. */
  readonly cost: { readonly forwardSteps: number; readonly heldStates: number };
}

/**
 * The exact hypergradients of several objectives of one training, each bit for bit that of
 * `hypergradient`. It trains once, with checkpoints as often as one objective needs; each further
 * objective costs its pullback through the steps, and holds an adjoint. Objectives that differ in
 * constants alone share their programs: with one-hot constants these are rows of the Jacobian of the
 * trained state. Throws as `hypergradient` does.
 */
export async function hypergradients<
  S extends Tree,
  I extends Tree,
  R extends Tree = S,
  B extends Tree = NoData,
  D extends Tree = NoData,
>(
  problem: Training<S, I, B> & { readonly inputs: I },
  objectives: readonly Omit<Objective<S, I, R, D>, 'inputs'>[],
  options: HypergradientsOptions = {},
): Promise<Hypergradients<S, I>> {
  expectOptions('hypergradients', options, ['checkpoints', 'device', 'onProgress', 'signal']);
  const { checkpoints, onProgress, signal } = options;
  expectCheckpoints('hypergradients', { checkpoints });
  if (!Array.isArray(objectives) || objectives.length === 0) {
    throw new MethodError(
      `hypergradients: objectives: expected a list such as [{ objective: (state) => … }], got ` +
        showValue(objectives),
    );
  }
  const checked = checkedProblems<S, I, R, B, D>(problem, objectives);
  const device = options.device ?? (await defaultDevice());
  expectDevice('hypergradients', device);
  const sweep = { checkpoints, onProgress, signal, depth: problem.steps, throughInit: true };
  const run = (on: Device) => reverseSweeps(checked[0], checked, { ...sweep, device: on });
  const found = await run(device);
  const wrong = await whatIsNotFinite(device, found.results);
  if (!wrong) return found;
  release([found.results.map(({ gradient }) => gradient), found.state]);
  throw await nonFiniteError(`hypergradients: ${wrong}`, device, run);
}

async function whatIsNotFinite<I extends Tree>(
  device: Device,
  results: readonly Swept<I>[],
): Promise<string | undefined> {
  for (const [i, { value, gradient }] of results.entries()) {
    if (!Number.isFinite(value)) return `the value of objective ${i} is ${value}`;
    const buffers = await buffersOf(device, gradient);
    const wrong = await nonFiniteEntry(`gradient ${i}`, device, gradient, buffers);
    if (wrong) return wrong;
  }
  return undefined;
}
