/** @file Checks derivatives against central differences in float64, entry by entry. */

import { openReference } from '../devices/reference.ts';
import { compile, readAll } from '../run/evaluate.ts';
import { expectFunction, expectOptions } from '../tape/options.ts';
import { stridesOf } from '../tape/shape.ts';
import { type HostArray, Tensor, tensor } from '../tape/tensor.ts';
import { leafPaths, leaves, rebuild, type Tree } from '../tape/tree.ts';
import { grad } from '../transforms/grad.ts';
import { alongDirection, type Contraction, contracted } from './contraction.ts';
import { differentiate, kinkAt, roundingError, type Sample } from './differences.ts';
import { randomCells } from './random-cells.ts';
import { GradientError, type GradientReport, severity } from './report.ts';

/** The options of `checkGradients`. */
export interface CheckOptions {
  /** The highest order of derivative to check; all orders up to it are. Default 1. */
  readonly order?: 1 | 2 | 3;
  /** Allowed absolute error of each entry, in place of the one derived from the arithmetic. */
  readonly tolerance?: number;
  /** Seed of the random cotangent and directions. Default 0. */
  readonly seed?: number;
}

const checkOptions = ['order', 'tolerance', 'seed'];

/**
 * Compares reverse-mode derivatives of `fn` with central differences on the `reference` device,
 * entry by entry of every tensor in `inputs` (index tensors excepted). A result that is no scalar
 * is contracted with a fixed random cotangent. Order 2 checks the gradient contracted with a
 * random direction in the same way, order 3 that one's gradient. Returns the worst entry.
 *
 * The tolerance of an entry is the error bound of the differences (`differentiate`), where S is
 * the sum of the absolute terms that the contraction adds up, the largest of this order and those
 * below, plus a rounding of 64 eps W in the reverse sweep, which starts from weights that sum to
 * W. So nothing needs tuning, but the point must be at least 1e-4 away from kinks and from the
 * edge of the domain, and a function that cancels digits inside needs a `tolerance` of its own.
 *
 * Throws a GradientError that names the worst entry, and a RangeError for an order beyond 3 or
 * inputs without an entry.
 */
export async function checkGradients<T extends Tree>(
  fn: (x: T) => Tensor,
  inputs: T,
  options: CheckOptions = {},
): Promise<GradientReport> {
  expectFunction('checkGradients', fn);
  expectOptions('checkGradients', options, checkOptions);
  const { order = 1, tolerance, seed = 0 } = options;
  leaves(inputs, 'checkGradients: inputs');
  if (![1, 2, 3].includes(order)) {
    throw new RangeError(`checkGradients: expected an order from 1 to 3, got ${order}`);
  }
  const draw = randomCells(seed);
  const variables = await variablesOf(inputs);
  const at = rebuild(
    inputs,
    variables.map(({ leaf }) => leaf),
  );
  let current = contracted(fn, draw);
  let worst: GradientReport | undefined;
  let entries = 0;
  for (let level = 1; level <= order; level++) {
    for await (const found of compareEntries(current, at, variables)) {
      entries++;
      const allowed = tolerance ?? found.tolerance;
      const report = { ...found, order: level, tolerance: allowed, entries };
      if (!worst || severity(report) > severity(worst)) worst = report;
    }
    if (!worst) throw new RangeError('checkGradients: expected an entry to differentiate');
    // A wrong derivative of this order would only be reported again, less clearly, by the next.
    if (severity(worst) > 1) throw new GradientError({ ...worst, entries });
    current = alongDirection(current, at, draw);
  }
  return { ...(worst as GradientReport), entries };
}

/** One for all checks, so that a structure checked before needs no compiling. */
const device = openReference();

interface Variable {
  readonly path: string;
  readonly leaf: Tensor;
  readonly values: HostArray;
}

/** The tensors of a tree as leaves in float64. */
async function variablesOf(inputs: Tree): Promise<Variable[]> {
  const host = await readAll(inputs, { device });
  const paths = leafPaths(inputs);
  return leaves(inputs).map(({ shape, kind }, i) => {
    const values = kind === 'index' ? host[i] : Float64Array.from(host[i]);
    return { path: paths[i] || 'input', leaf: Tensor.leaf(shape, kind, { host: values }), values };
  });
}

type Found = Omit<GradientReport, 'order' | 'entries'>;

/** Each entry's derivative by both ways, the function compiled once. */
async function* compareEntries<T extends Tree>(
  { value, magnitude, weights }: Contraction<T>,
  at: T,
  variables: readonly Variable[],
): AsyncGenerator<Found> {
  const evaluateAt = compile((x: T) => [value(x), magnitude(x)], { device });
  const gradient = await readAll(grad(value)(at), { device });
  for (const [i, { path, leaf, values }] of variables.entries()) {
    if (leaf.kind === 'index') continue;
    const moved = variables.map((variable) => variable.leaf);
    const strides = stridesOf(leaf.shape);
    for (let e = 0; e < values.length; e++) {
      const sample = async (x: number): Promise<Sample> => {
        const host = Float64Array.from(values);
        host[e] = x;
        moved[i] = tensor(host, leaf.shape);
        const [[f], [scale]] = await readAll(await evaluateAt(rebuild(at, moved)), { device });
        return { value: f, scale };
      };
      const { slope: difference, step, error: bound } = await differentiate(sample, values[e]);
      const tolerance = bound + roundingError * weights();
      const reverse = gradient[i][e];
      const position = strides.map((s, axis) => Math.floor(e / s) % leaf.shape[axis]);
      const error = Math.abs(reverse - difference);
      const found = { leaf: path, position, reverse, difference, step, error, tolerance };
      yield error <= tolerance || Number.isNaN(error)
        ? found
        : { ...found, kink: await kinkAt(sample, values[e], step) };
    }
  }
}
