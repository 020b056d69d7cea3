/** @file The error of a run that left the finite numbers: what it says of the origin. */

import { DivergedError } from '../../errors.ts';
import type { Device } from '../devices/device.ts';
import { positionOf, showShape } from '../tape/shape.ts';
import { leafPaths, leaves, type Tree } from '../tape/tree.ts';
import type { Reading } from './non-finite.ts';
import type { Buffers } from './owned.ts';
import { firstNonFinite, type NonFinite } from './watch.ts';

/** Thrown by a run whose value, gradient or state is not finite. */
export class NonFiniteError extends DivergedError {
  override name = 'NonFiniteError';

  constructor(
    what: string,
    /** Where it comes from; undefined if the run, done again, stayed finite. */
    readonly found: NonFinite | undefined,
  ) {
    super(`${what}: ${found ? showNonFinite(found) : 'no such number when it ran once more'}`);
  }
}

/** The error of a run that came to a number that is not finite: it runs once more, watched. */
export async function nonFiniteError(
  what: string,
  device: Device,
  run: (watched: Device) => Promise<unknown>,
): Promise<NonFiniteError> {
  return new NonFiniteError(what, await firstNonFinite(device, run));
}

/** Names the first entry of a tree's buffers that is not finite; undefined if there is none. */
export async function nonFiniteEntry(
  what: string,
  device: Device,
  like: Tree,
  buffers: Buffers,
): Promise<string | undefined> {
  const [shapes, paths] = [leaves(like), leafPaths(like)];
  for (const [i, buffer] of buffers.entries()) {
    const numbers = await device.read(buffer);
    const cell = firstNonFiniteCell(numbers);
    if (cell === undefined) continue;
    const leaf = paths[i] ? `${what} of ${paths[i]}` : what;
    return `${leaf} is ${numbers[cell]} at ${showShape(positionOf(cell, shapes[i].shape))}`;
  }
  return undefined;
}

function firstNonFiniteCell(numbers: ArrayLike<number>): number | undefined {
  // A loop, since a gradient may have millions of cells.
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) return i;
  return undefined;
}

/** An origin in a sentence. */
export function showNonFinite(found: NonFinite): string {
  const { of, phase, given, rule, position, shape, value } = found;
  const where = placeOf(found);
  const entry = `entry ${showShape(position)} of ${showShape(shape)}`;
  if (given) return `${of} was given as ${value} at ${entry}${where}${through(found)}`;
  const pass = rule ? `${phase} (the derivative of ${rule})` : phase;
  return `${of} made it ${value} at ${entry}${where}, ${pass}, of ${inputsOf(found)}${through(found)}`;
}

function placeOf({ place }: NonFinite): string {
  if (!place) return '';
  const { pass, step, steps } = place;
  if (pass === 'init' || pass === 'objective') return ` in ${pass}`;
  const back = pass === 'backward' ? ' of the pass back' : '';
  if (step === undefined) return `${back || ' of the run'}`;
  return ` in step ${step} of ${steps}${back && ', on the way back'}`;
}

const showReading = ({ of, position, value }: Reading): string =>
  `${value} (${of} at ${showShape(position)})`;

function inputsOf({ inputs, reads }: NonFinite): string {
  if (reads === 0) return 'nothing but constants of its own';
  if (reads <= inputs.length) return inputs.map(showReading).join(', ');
  return `${reads} numbers, the largest ${inputs.slice(0, 3).map(showReading).join(', ')}`;
}

function through({ path }: NonFinite): string {
  if (path.length === 0) return '';
  const names = path.map(({ of, value }) => `${of} ${value}`);
  const shown = names.length > 6 ? [...names.slice(0, 3), '…', ...names.slice(-2)] : names;
  return `; from there ${shown.join(', ')}`;
}
