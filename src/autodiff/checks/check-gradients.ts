/** @file Checks derivatives against central differences in float64, entry by entry. */

import { openReference } from '../devices/reference.ts';
import { compile, readAll } from '../run/evaluate.ts';
import { explainNonFinite } from '../run/explain.ts';
import { expectFunction, expectOptions } from '../tape/options.ts';
import { type HostArray, Tensor, tensor } from '../tape/tensor.ts';
import { leafPaths, leaves, rebuild, type Tree } from '../tape/tree.ts';
import { grad } from '../transforms/grad.ts';
import { alongDirection, type Contraction, contracted } from './contraction.ts';
import { roundingError, type Sample } from './differences.ts';
import { chooseEntries, compareEntry, type Entry } from './entries.ts';
import { randomCells } from './random-cells.ts';
import {
  type EntryReport,
  GradientError,
  type GradientReport,
  showPoint,
  Tally,
  type Told,
} from './report.ts';

/** The options of `checkGradients`. */
export interface CheckOptions {
  /** The highest order of derivative to check; all orders up to it are. Default 1. */
  readonly order?: 1 | 2 | 3;
  /** Allowed absolute error of each entry, in place of the one derived from the arithmetic. */
  readonly tolerance?: number;
  /**
   * Entries of each order to compare, drawn at random, at least one of each tensor as far as they go;
   * for trees so large that all would take too long. Default all.
   */
  readonly sample?: number;
  /** Seed of the random cotangent, directions and sample. Default 0. */
  readonly seed?: number;
}

const checkOptions = ['order', 'tolerance', 'sample', 'seed'];

/** Throws a RangeError that names `what` unless a number of entries is a whole one from 1. */
export function expectSample(what: string, sample: number | undefined): void {
  if (sample === undefined || (Number.isSafeInteger(sample) && sample >= 1)) return;
  throw new RangeError(`${what}: expected a sample of a whole number from 1, got ${sample}`);
}

/**
 * Compares reverse-mode derivatives of `fn` with central differences on the `reference` device,
 * entry by entry of every tensor in `inputs` (index tensors excepted), or of a `sample` of them. A
 * result that is no scalar is contracted with a fixed random cotangent. Order 2 checks the gradient
 * contracted with a random direction in the same way, order 3 that one's gradient. Returns the worst
 * entries.
 *
 * The tolerance of an entry is the error bound of the differences (`differentiate`), where S is
 * the sum of the absolute terms that the contraction adds up, the largest of this order and those
 * below, plus a rounding of 64 eps W in the reverse sweep, which starts from weights that sum to
 * W. So nothing needs tuning, but the point must be at least 1e-4 away from kinks and from the
 * edge of the domain, and a function that cancels digits inside, or whose derivatives are of the size
 * of that rounding, needs a `tolerance` of its own.
 *
 * Throws a GradientError that names the worst entries, kinks and edges of domains among them, and
 * the point, or says that the differences tell nothing; and a RangeError for an order beyond 3, for a
 * sample that is no whole number from 1, or for inputs without an entry.
 */
export async function checkGradients<T extends Tree>(
  fn: (x: T) => Tensor,
  inputs: T,
  options: CheckOptions = {},
): Promise<GradientReport> {
  expectFunction('checkGradients', fn);
  expectOptions('checkGradients', options, checkOptions);
  const { order = 1, tolerance, sample, seed = 0 } = options;
  leaves(inputs, 'checkGradients: inputs');
  expectSample('checkGradients', sample);
  if (![1, 2, 3].includes(order)) {
    throw new RangeError(`checkGradients: expected an order from 1 to 3, got ${order}`);
  }
  const draw = randomCells(seed);
  const all = await variablesOf(inputs);
  const at = rebuild(
    inputs,
    all.map(({ leaf }) => leaf),
  );
  const real = all
    .map((variable, i) => ({ ...variable, i }))
    .filter(({ leaf }) => leaf.kind === 'real');
  const chosen = chooseEntries(real, sample ?? Infinity, seed).map(({ variable, cell }) => ({
    variable: real[variable].i,
    cell,
  }));
  const tally = new Tally(showPoint(real));
  let current = contracted(fn, draw);
  for (let level = 1; level <= order; level++) {
    tally.of += real.reduce((count, { values }) => count + values.length, 0);
    for await (const found of compareEntries(current, at, all, chosen, tolerance)) {
      tally.add({ ...found, order: level });
    }
    const { report } = tally;
    if (!report) throw new RangeError('checkGradients: expected an entry to differentiate');
    // A wrong derivative of this order would only be reported again, less clearly, by the next.
    if (report.beyond > 0) throw await wrongGradient(report, fn, at);
    tally.expectTold(`checkGradients: order ${level}`);
    current = alongDirection(current, at, draw);
  }
  return tally.report as GradientReport;
}

/** The error of a report; where the function is not finite, with the operation that made it so. */
async function wrongGradient<T extends Tree>(report: GradientReport, fn: (x: T) => Tensor, at: T) {
  const [source, what] = ['reverse mode', `checkGradients: order ${report.order}`];
  const found = report.edge === 'here' ? await explainNonFinite(fn, at, { device }) : undefined;
  return new GradientError(report, { what, source, cause: found?.message });
}

/** One for all checks, so that a structure checked before needs no compiling. */
const device = openReference();

interface TensorVariable {
  readonly path: string;
  readonly leaf: Tensor;
  readonly values: HostArray;
}

/** The tensors of a tree as leaves in float64. */
async function variablesOf(inputs: Tree): Promise<TensorVariable[]> {
  const host = await readAll(inputs, { device });
  const paths = leafPaths(inputs);
  return leaves(inputs).map(({ shape, kind }, i) => {
    const values = kind === 'index' ? host[i] : Float64Array.from(host[i]);
    return { path: paths[i] || 'input', leaf: Tensor.leaf(shape, kind, { host: values }), values };
  });
}

/** The derivatives of entries by both ways, the function compiled once. */
async function* compareEntries<T extends Tree>(
  { value, magnitude, weights }: Contraction<T>,
  at: T,
  variables: readonly TensorVariable[],
  chosen: readonly Entry[],
  tolerance: number | undefined,
): AsyncGenerator<Omit<EntryReport & Told, 'order'>> {
  const evaluateAt = compile((x: T) => [value(x), magnitude(x)], { device });
  const gradient = await readAll(grad(value)(at), { device });
  for (const { variable: i, cell } of chosen) {
    const { path, leaf, values } = variables[i];
    const moved = variables.map((variable) => variable.leaf);
    const sample = async (x: number): Promise<Sample> => {
      const host = Float64Array.from(values);
      host[cell] = x;
      moved[i] = tensor(host, leaf.shape);
      const [[f], [scale]] = await readAll(await evaluateAt(rebuild(at, moved)), { device });
      return { value: f, scale };
    };
    const variable = { path, shape: leaf.shape, values };
    const rounding = roundingError * weights();
    yield compareEntry({ variable, cell, reverse: gradient[i][cell], sample, rounding, tolerance });
  }
}
