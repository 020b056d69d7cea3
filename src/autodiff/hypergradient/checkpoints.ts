/** @file Checkpoints: how many states a reverse sweep may hold, and those that it holds. */

import type { Device } from '../devices/device.ts';
import type { Buffers, Owned } from '../run/owned.ts';
import { InternalError } from '../tape/internal-error.ts';
import { expectOptions } from '../tape/options.ts';
import { showValue } from '../tape/show-value.ts';
import type { Tree } from '../tape/tree.ts';
import { treeBytes } from './precision.ts';

/** A number of states held at once, or the bytes that they may take. */
export type Checkpoints = number | { readonly bytes: number };

/** How many states of the training are held at once. */
export interface CheckpointOptions {
  /**
   * Without checkpoints the states of all steps that are differentiated are held; with c of them
   * those in between are computed again, by a binomial schedule, and the gradient is the same bit
   * for bit.
   */
  readonly checkpoints?: Checkpoints;
}

/** Throws a TypeError that names `what` at an option that is not there, or of another kind. */
export function expectCheckpoints(what: string, options: CheckpointOptions): void {
  expectOptions(what, options, ['checkpoints']);
  const { checkpoints } = options;
  if (checkpoints === undefined || typeof checkpoints === 'number') return;
  expectOptions('checkpoints', checkpoints, ['bytes']);
  const { bytes } = checkpoints;
  if (typeof bytes === 'number' && bytes >= 0) return;
  throw new TypeError(`checkpoints: bytes: expected a number from 0, got ${showValue(bytes)}`);
}

/** A method does not fit the run, or its states do not fit the device; the message says what does. */
export class MethodError extends RangeError {
  override name = 'MethodError';
}

/** How many states to hold of the `depth` that are differentiated. Throws a MethodError. */
export function statesToHold(
  { checkpoints }: CheckpointOptions,
  depth: number,
  state: Tree,
  device: Device,
): number {
  if (checkpoints === undefined) return depth;
  if (typeof checkpoints === 'number') {
    if (Number.isInteger(checkpoints) && checkpoints >= 1) return Math.min(checkpoints, depth);
    throw new MethodError(`checkpoints: expected a whole number from 1, got ${checkpoints}`);
  }
  const bytes = treeBytes(state, device);
  const affordable = Math.floor(checkpoints.bytes / Math.max(bytes, 1));
  if (affordable >= 1) return Math.min(affordable, depth);
  throw new MethodError(
    `checkpoints: one state takes ${bytes} bytes, more than the ${checkpoints.bytes} allowed`,
  );
}

/**
 * Throws a MethodError that says how many states fit the device if `count` do not. Called when the
 * device holds all else: the workspaces of its programs, the constants, the inputs and one state.
 * `adjoints` go back side by side.
 */
export function expectRoom(
  count: number,
  depth: number,
  like: { readonly state: Tree; readonly inputs: Tree },
  device: Device,
  adjoints = 1,
): void {
  const memory = device.memory?.();
  if (!memory) return;
  const state = treeBytes(like.state, device);
  const rest = memory.held - state;
  // An adjoint is a state and inputs; a step back takes one and makes another.
  const free = memory.limit - rest - (adjoints + 1) * treeBytes(like.inputs, device);
  // Beside the checkpoints: the last state, the adjoints and one of them after a step, and where the
  // step starts from if that is no checkpoint.
  const atWork = adjoints + (count === depth ? 2 : 3);
  if ((count + atWork) * state <= free) return;
  const most = Math.floor(free / state) - adjoints - 3;
  const mend = most >= 1 ? `at most ${most} do: set checkpoints to ${most}, or` : 'not one does:';
  throw new MethodError(
    `${count} states of ${state} bytes do not fit ${device.name}, which holds ${rest} bytes of ` +
      `other data and at most ${memory.limit}; ${mend} use smaller batches or blocks`,
  );
}

/** The states held at the moment, by the number of steps that made them. */
export class HeldStates {
  private readonly states = new Map<number, Buffers>();
  /** The most that were held at once. */
  most = 0;

  constructor(private readonly owned: Owned) {}

  hold(t: number, state: Buffers): void {
    this.states.set(t, state);
    this.most = Math.max(this.most, this.states.size);
  }

  has(t: number): boolean {
    return this.states.has(t);
  }

  get(t: number): Buffers {
    const state = this.states.get(t);
    if (!state) throw new InternalError(`state ${t} is not held`);
    return state;
  }

  release(t: number): void {
    this.owned.free(this.get(t));
    this.states.delete(t);
  }
}
