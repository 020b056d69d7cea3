/** @file The methods of a hypergradient: what is differentiated, and how many states that holds. */

import type { Device } from '../devices/device.ts';
import { cellsOf, type Tree } from '../tape/tree.ts';

/** How the derivative is taken; see the functions that make each. */
export type Method =
  | { readonly kind: 'exact'; readonly checkpoints?: Checkpoints }
  | { readonly kind: 'truncated'; readonly steps: number; readonly checkpoints?: Checkpoints }
  | { readonly kind: 'partial' };

/** A number of states held at once, or the bytes that they may take. */
export type Checkpoints = number | { readonly bytes: number };

export interface CheckpointOptions {
  /**
   * Without checkpoints the states of all steps that are differentiated are held; with c of them
   * those in between are computed again, by a binomial schedule, and the gradient is the same bit
   * for bit.
   */
  readonly checkpoints?: Checkpoints;
}

/** Through every step (Tang, Wen & Wang 2020, equations 7 and 8). */
export const exact = (options: CheckpointOptions = {}): Method => ({ kind: 'exact', ...options });

/** Through the last `steps` steps alone; the state before them counts as constant (equation 9). */
export const truncated = (steps: number, options: CheckpointOptions = {}): Method => ({
  kind: 'truncated',
  steps,
  ...options,
});

/** The objective's direct dependence on the inputs alone (equation 10). */
export const partial = (): Method => ({ kind: 'partial' });

/** A method does not fit the run, or its states do not fit the device; the message says what does. */
export class MethodError extends RangeError {
  override name = 'MethodError';
}

/** How many of the last steps a method goes back through. Throws a MethodError. */
export function unrolledSteps(method: Method, steps: number): number {
  if (method.kind === 'partial') return 0;
  if (method.kind === 'exact') return steps;
  if (!Number.isInteger(method.steps) || method.steps < 0) {
    throw new MethodError(`truncated: expected a whole number of steps, got ${method.steps}`);
  }
  return Math.min(method.steps, steps);
}

const bytesOf = (tree: Tree, { precision }: Device): number =>
  cellsOf(tree) * (precision === 'f64' ? 8 : 4);

/** The states to hold of the `depth` that are gone back through. Throws a MethodError. */
export function statesToHold(method: Method, depth: number, state: Tree, device: Device): number {
  if (method.kind === 'partial' || method.checkpoints === undefined) return depth;
  const { checkpoints } = method;
  if (typeof checkpoints === 'number') {
    if (Number.isInteger(checkpoints) && checkpoints >= 1) return Math.min(checkpoints, depth);
    throw new MethodError(`checkpoints: expected a whole number from 1, got ${checkpoints}`);
  }
  const bytes = bytesOf(state, device);
  const affordable = Math.floor(checkpoints.bytes / bytes);
  if (affordable >= 1) return Math.min(affordable, depth);
  throw new MethodError(
    `checkpoints: one state takes ${bytes} bytes, more than the ${checkpoints.bytes} allowed`,
  );
}

/**
 * Throws a MethodError that says how many states fit the device if `count` do not. Called when all
 * but states is on it: the workspaces of its programs, the constants, and, to go again, `initial`
 * and an adjoint.
 */
export function expectRoom(
  count: number,
  depth: number,
  { initial, inputs }: { readonly initial: Tree; readonly inputs: Tree },
  device: Device,
): void {
  const memory = device.memory?.();
  if (!memory) return;
  const state = bytesOf(initial, device);
  const input = bytesOf(inputs, device);
  // An adjoint is a state and inputs.
  const rest = memory.held - 2 * state - input;
  const free = memory.limit - rest - 2 * input;
  // Beside those held: the last state, the adjoint before and after a step, and where the step
  // starts from if that is not held itself.
  const atWork = count === depth ? 3 : 4;
  if ((count + atWork) * state <= free) return;
  const most = Math.floor(free / state) - 4;
  const mend = most >= 1 ? `at most ${most} do: set checkpoints to ${most}, or` : 'not one does:';
  throw new MethodError(
    `${count} states of ${state} bytes do not fit ${device.name}, which holds ${rest} bytes of ` +
      `other data and at most ${memory.limit}; ${mend} use smaller batches or blocks`,
  );
}
