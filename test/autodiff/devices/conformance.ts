/** @file What every device must compute: values and derivatives within a derived f32 bound. */

import type { Device } from '../../../src/autodiff/devices/device.ts';
import { openReference } from '../../../src/autodiff/devices/reference.ts';
import { leaves, readAll, release, type Tensor, tensor, vjp } from '../../../src/autodiff/index.ts';
import { evaluate } from '../../../src/autodiff/run/evaluate.ts';
import { type Accuracy, type BoundedBuffer, largest, openBounded } from './bounded.ts';
import { type Case, numbers } from './cases.ts';

/** The function, its vjp, and the vjp of its vjp, at fixed cotangents. */
export function results({ fn, inputs, order = 2 }: Case): Tensor[] {
  const values = leaves(fn(...inputs));
  if (order === 0) return values;
  const cts = values.map((value) => cotangent(value, 31));
  const at = [...cts, ...inputs];
  const pull = (given: readonly Tensor[]): readonly Tensor[] => {
    const along = given.slice(0, values.length);
    const { pullback } = vjp(
      (xs: readonly Tensor[]): readonly Tensor[] => leaves(fn(...xs)),
      given.slice(values.length),
    );
    return pullback(along);
  };
  if (order === 1) return [...values, ...pull(at)];
  const { value: first, pullback } = vjp(pull, at);
  const second = pullback(first.map((output, i) => cotangent(output, 41 + i)));
  return [...values, ...first, ...second];
}

const cotangent = (like: Tensor, seed: number): Tensor =>
  tensor(numbers(like.size, -1, 1, seed), like.shape);

/**
 * Throws an error that names the case, the result and the cell unless every result of the device
 * is within the bound of running error analysis of the float64 one. A bound that says nothing
 * (infinite, or larger than every value) may hold for one cell in fifty at most.
 */
export async function checkCase(device: Device, accuracy: Accuracy, test: Case): Promise<void> {
  const outputs = results(test);
  const reference = await readAll(outputs, { device: openReference() });
  const computed = await readAll(outputs, { device });
  const bounded = await evaluate(outputs, { device: openBounded(accuracy) });
  outputs.forEach((_, which) => {
    const { value } = bounded[which];
    const { values, errors } = (value as { buffer: BoundedBuffer }).buffer;
    const what = `${device.name}: ${test.name}: result ${which}`;
    if (computed[which].length !== values.length) {
      throw new Error(`${what}: ${computed[which].length} cells, expected ${values.length}`);
    }
    compareCells(what, computed[which], reference[which], errors);
  });
  release(bounded);
}

type Numbers = ArrayLike<number>;

export function compareCells(what: string, got: Numbers, exact: Numbers, errors: Numbers): void {
  let vague = 0;
  let scale = 1;
  for (let i = 0; i < exact.length; i++) {
    if (Number.isFinite(exact[i])) scale = Math.max(scale, Math.abs(exact[i]));
  }
  for (let i = 0; i < exact.length; i++) {
    // A number beyond the range of f32 has no bound there.
    if (!(errors[i] < scale) && !(Math.abs(exact[i]) > largest)) vague++;
    if (!agrees(got[i], exact[i], errors[i])) {
      throw new Error(
        `${what}: cell ${i} is ${got[i]}, expected ${exact[i]}, ` +
          `off by ${Math.abs(got[i] - exact[i])} where ${errors[i]} is allowed`,
      );
    }
  }
  if (vague > exact.length / 50) {
    throw new Error(`${what}: the bound says nothing about ${vague} of ${exact.length} cells`);
  }
}

function agrees(got: number, exact: number, error: number): boolean {
  if (Number.isNaN(exact) || error === Number.POSITIVE_INFINITY) return true;
  if (Math.abs(exact) + error > largest) return !(Math.abs(got) < Math.abs(exact) - error);
  return Math.abs(got - exact) <= error;
}
