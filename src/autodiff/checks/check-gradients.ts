/** @file Checks derivatives against central differences in float64, entry by entry. */

import { openReference } from '../devices/reference.ts';
import { abs, add, maximum, mul, sum } from '../ops/broadcasting.ts';
import { compile, readAll } from '../run/evaluate.ts';
import { type Shape, showShape, stridesOf } from '../tape/shape.ts';
import { type HostArray, Tensor, tensor } from '../tape/tensor.ts';
import { leaves, rebuild, type Tree } from '../tape/tree.ts';
import { grad } from '../transforms/grad.ts';

export interface CheckOptions {
  /** The highest order of derivative to check; all orders up to it are. Default 1. */
  readonly order?: 1 | 2 | 3;
  /** Allowed absolute error of each entry, in place of the one derived from the arithmetic. */
  readonly tolerance?: number;
  /** Seed of the random cotangent and directions. Default 0. */
  readonly seed?: number;
}

/** The entry whose error is largest against its tolerance. */
export interface GradientReport {
  /** 1 for the gradient, 2 for the gradient of the gradient along a direction, and so on. */
  readonly order: number;
  /** Where the entry stands: the leaf, such as `users` or `layers.0`, and the position in it. */
  readonly leaf: string;
  readonly position: readonly number[];
  /** The derivative by reverse mode and by central differences. */
  readonly reverse: number;
  readonly difference: number;
  /** The step of the differences. */
  readonly step: number;
  readonly error: number;
  readonly tolerance: number;
  /** Entries compared, over all orders. */
  readonly entries: number;
}

/** Thrown by `checkGradients` at a derivative beyond its tolerance. */
export class GradientError extends Error {
  override name = 'GradientError';

  constructor(readonly report: GradientReport) {
    const { order, leaf, position, reverse, difference, step, error, tolerance } = report;
    super(
      `checkGradients: order ${order} differs most at ${leaf}${showShape(position)}: reverse mode ` +
        `gives ${reverse}, central differences ${difference} with step ${step}; ` +
        `error ${error} is beyond ${tolerance}`,
    );
  }
}

/**
 * Compares reverse-mode derivatives of `fn` with central differences on the `reference` device,
 * entry by entry of every tensor in `inputs` (index tensors excepted). A result that is no scalar
 * is contracted with a fixed random cotangent. Order 2 checks the gradient contracted with a
 * random direction in the same way, order 3 that one's gradient.
 *
 * Two steps, h and h/4, give by Richardson's extrapolation a value with an error of order h^4. Its
 * tolerance is the difference between the two (an upper estimate of the truncation h^2 f''' / 6)
 * plus a rounding of 64 eps S / h, where S is the sum of the absolute terms that the contraction
 * adds up, the largest of this order and those below (derivatives are made of values), plus a
 * rounding of 64 eps W in the reverse sweep, which starts from weights that sum to W. Steps shrink
 * until rounding outweighs truncation, and the best pair counts. So nothing needs tuning, but the
 * point must be at least 1e-4 away from kinks and from the edge of the domain, and a function that
 * cancels digits inside needs a `tolerance` of its own.
 *
 * Throws a GradientError that names the worst entry, and a RangeError for an order beyond 3.
 */
export async function checkGradients<T extends Tree>(
  fn: (x: T) => Tensor,
  inputs: T,
  { order = 1, tolerance, seed = 0 }: CheckOptions = {},
): Promise<GradientReport> {
  if (![1, 2, 3].includes(order)) {
    throw new RangeError(`checkGradients: expected an order from 1 to 3, got ${order}`);
  }
  const draw = randomCells(seed);
  const host = await readAll(inputs, { device });
  const paths = leafPaths(inputs);
  const variables = leaves(inputs).map((leaf, i): Variable => {
    const values = leaf.kind === 'index' ? host[i] : Float64Array.from(host[i]);
    return { path: paths[i], leaf: Tensor.leaf(leaf.shape, leaf.kind, { host: values }), values };
  });
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

/** A scalar function and the size of the terms that it adds up, what its rounding is relative to. */
interface Contraction<T> {
  value(x: T): Tensor;
  magnitude(x: T): Tensor;
  /** At most the sum of its absolute weights, once it was traced. */
  weights(): number;
}

/** Error over tolerance; what is not a number is as bad as can be. */
function severity({ error, tolerance }: GradientReport): number {
  if (error <= tolerance) return error === 0 ? 0 : error / tolerance;
  return error / tolerance || Number.POSITIVE_INFINITY;
}

function contracted<T extends Tree>(fn: (x: T) => Tensor, draw: Draw): Contraction<T> {
  let weight: Tensor | undefined;
  const terms = (x: T): Tensor => {
    const result = fn(x);
    weight ??= draw(result.shape);
    return result.shape.length === 0 ? result : mul(result, weight);
  };
  return {
    value: (x) => sum(terms(x)),
    magnitude: (x) => sum(abs(terms(x))),
    weights: () => largestWeight * (weight?.size ?? 1),
  };
}

/** The gradient of a contraction contracted with a random direction. */
function alongDirection<T extends Tree>(of: Contraction<T>, at: T, draw: Draw): Contraction<T> {
  const direction = leaves(at).map((leaf) => draw(leaf.shape));
  const terms = (x: T): Tensor[] => {
    const gradient = leaves(grad(of.value)(x));
    return gradient
      .map((g, i) => mul(g, direction[i]))
      .filter((_, i) => leaves(at)[i].kind === 'real');
  };
  const total = (parts: Tensor[]) => parts.map((part) => sum(part)).reduce((a, b) => add(a, b));
  return {
    value: (x) => total(terms(x)),
    magnitude: (x) => maximum(total(terms(x).map((part) => abs(part))), of.magnitude(x)),
    weights: () => largestWeight * direction.reduce((cells, { size }) => cells + size, 0),
  };
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
        return { f, scale };
      };
      const { difference, step, allowed } = await differentiate(sample, values[e]);
      const tolerance = allowed + roundings * eps * weights();
      const reverse = gradient[i][e];
      const position = strides.map((s, axis) => Math.floor(e / s) % leaf.shape[axis]);
      const error = Math.abs(reverse - difference);
      yield { leaf: path, position, reverse, difference, step, error, tolerance };
    }
  }
}

interface Sample {
  readonly f: number;
  readonly scale: number;
}

/** The first step, relative to entries above 1, and how many times it is quartered at most. */
const firstStep = 2 ** -5;
const quarterings = 6;
/** Roundings on the way to a sum, in units of the last place of its absolute terms. */
const roundings = 64;

/** Central differences extrapolated over a ladder of steps; see `checkGradients`. */
async function differentiate(sample: (x: number) => Promise<Sample>, x: number) {
  const central = async (step: number) => {
    const [above, below] = [await sample(x + step), await sample(x - step)];
    const scale = Math.max(above.scale, below.scale);
    // The step as it really is after x + step was rounded.
    const width = x + step - (x - step);
    return { slope: (above.f - below.f) / width, noise: (roundings * eps * scale) / step };
  };
  let step = firstStep * Math.max(1, Math.abs(x));
  let coarse = await central(step);
  let best = { difference: coarse.slope, step, allowed: Number.NaN };
  for (let i = 0; i < quarterings; i++) {
    step /= 4;
    const fine = await central(step);
    const truncation = Math.abs(fine.slope - coarse.slope);
    const allowed = truncation + fine.noise;
    // Not a number where a step left the domain: a shorter one may stay inside.
    if (Number.isNaN(best.allowed) || allowed < best.allowed) {
      best = { difference: (16 * fine.slope - coarse.slope) / 15, step, allowed };
    }
    if (truncation <= fine.noise) break;
    coarse = fine;
  }
  return best;
}

const eps = Number.EPSILON;

type Draw = (shape: Shape) => Tensor;

const largestWeight = 1.5;

/** Numbers in ±[0.5, 1.5], so that no entry's error hides behind a small weight. */
function randomCells(seed: number): Draw {
  let state = seed | 0;
  const uniform = () => {
    // Mulberry32 (Tommy Ettinger 2017).
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return (shape) => {
    const host = new Float64Array(shape.reduce((size, n) => size * n, 1));
    for (let i = 0; i < host.length; i++) host[i] = (uniform() < 0.5 ? -1 : 1) * (0.5 + uniform());
    return tensor(host, shape);
  };
}

/** The name of each leaf in the order of `leaves`; `input` for a tree of one tensor. */
function leafPaths(tree: Tree): string[] {
  const paths: string[] = [];
  const visit = (node: Tree, path: readonly string[]): void => {
    if (node instanceof Tensor) paths.push(path.join('.') || 'input');
    else {
      const record = node as { readonly [name: string]: Tree };
      const names = Object.keys(record);
      for (const name of Array.isArray(node) ? names : names.sort()) {
        visit(record[name], [...path, name]);
      }
    }
  };
  visit(tree, []);
  return paths;
}
