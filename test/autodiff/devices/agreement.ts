/** @file Whether devices compute what `reference` does, NaN and infinities too, on a random graph. */

import type { Device } from '../../../src/autodiff/devices/device.ts';
import { openReference } from '../../../src/autodiff/devices/reference.ts';
import { evaluate, readAll, release } from '../../../src/autodiff/index.ts';
import { type Accuracy, type BoundedBuffer, largest, openBounded } from './bounded.ts';
import { results } from './conformance.ts';
import { caseOf, type Graph } from './graphs.ts';

/** A device and what it promises. */
export interface Contestant {
  readonly device: Device;
  readonly accuracy: Accuracy;
}

/** How many cells were compared, and of how many a bound says nothing. */
export interface Tally {
  cells: number;
  vague: number;
}

/**
 * Throws an Error that names the device, the graph and the cell where one is beyond its bound. Of
 * the graph the values are compared, as many derivatives as it asks for, and the leaves that it returns.
 */
export async function checkGraph(
  graph: Graph,
  contestants: readonly Contestant[],
  tally: Tally,
): Promise<void> {
  const test = caseOf(graph);
  const computed = results(test);
  const outputs =
    graph.returned === 'first' ? [...test.returned, ...computed] : [...computed, ...test.returned];
  const exact = await readAll(outputs, { device: openReference() });
  const bounds = new Map<Accuracy, readonly ArrayLike<number>[]>();
  for (const { device, accuracy } of contestants) {
    const errors = bounds.get(accuracy) ?? (await errorsOf(outputs, accuracy));
    bounds.set(accuracy, errors);
    const got = await readAll(outputs, { device });
    outputs.forEach(({ shape }, which) => {
      const what = `${device.name}: ${JSON.stringify(graph)}: result ${which} [${shape}]`;
      compare(what, got[which], exact[which], errors[which], accuracy.special, tally);
    });
  }
}

async function errorsOf(outputs: ReturnType<typeof results>, accuracy: Accuracy) {
  const bounded = await evaluate(outputs, { device: openBounded(accuracy) });
  const errors = bounded.map(({ value }) => (value as { buffer: BoundedBuffer }).buffer.errors);
  release(bounded);
  return errors;
}

function compare(
  what: string,
  got: ArrayLike<number>,
  exact: ArrayLike<number>,
  errors: ArrayLike<number>,
  special: boolean,
  tally: Tally,
): void {
  if (got.length !== exact.length || errors.length !== exact.length) {
    throw new Error(`${what}: ${got.length} cells, expected ${exact.length}`);
  }
  for (let i = 0; i < exact.length; i++) {
    tally.cells++;
    if (errors[i] === Infinity || (!special && !Number.isFinite(exact[i]))) {
      tally.vague++;
    } else if (!agrees(got[i], exact[i], errors[i])) {
      throw new Error(`${what}: cell ${i} is ${got[i]}, expected ${exact[i]} within ${errors[i]}`);
    }
  }
}

function agrees(got: number, exact: number, error: number): boolean {
  if (!Number.isFinite(exact)) return Object.is(got, exact);
  if (Math.abs(exact) + error > largest) return !(Math.abs(got) < Math.abs(exact) - error);
  return Math.abs(got - exact) <= error;
}
