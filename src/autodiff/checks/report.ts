/** @file What a check of gradients says: the worst entries, as a report or an error. */

import { showShape } from '../tape/shape.ts';
import type { Edge, Kink } from './differences.ts';

/** An entry whose derivative was compared. */
export interface EntryReport {
  /** 1 for the gradient, 2 for the gradient of the gradient along a direction, and so on. */
  readonly order: number;
  /** The path of the tensor, such as `users` or `layers.0`; `input` for a tree of one tensor. */
  readonly leaf: string;
  /** The position of the entry in the tensor. */
  readonly position: readonly number[];
  /** The number there at the point. */
  readonly at: number;
  /** The derivative by reverse mode, or as it was given, and by central differences. */
  readonly reverse: number;
  readonly difference: number;
  /** The step of the differences. */
  readonly step: number;
  /** The absolute difference between the two, and how large it may be. */
  readonly error: number;
  readonly tolerance: number;
  /** Where the function has a kink at the point, its slopes on both sides. */
  readonly kink?: Kink;
  /** Where the domain of the function ends at the point, or so near that no differences fit. */
  readonly edge?: Edge;
}

/** Whether the differences are as exact as float64 leaves them, or a tolerance was asked for. */
export interface Told {
  readonly isTold: boolean;
}

/** The entry whose error is largest against its tolerance, and what else was compared. */
export interface GradientReport extends EntryReport {
  /** Entries compared, over all orders. */
  readonly entries: number;
  /** Entries that there are, of which a sample may have been compared, over the same orders. */
  readonly of: number;
  /** How many of those compared were beyond their tolerance. */
  readonly beyond: number;
  /** The worst ones, at most five, the worst first. */
  readonly worst: readonly EntryReport[];
  /** The point of the test as text; of large tensors the first numbers. */
  readonly point: string;
}

/** Error over tolerance; what is not a number is as bad as can be. */
export function severity({ error, tolerance }: EntryReport): number {
  if (error <= tolerance) return error === 0 ? 0 : error / tolerance;
  return error / tolerance || Number.POSITIVE_INFINITY;
}

/** Entries of a report at most. */
const mostWorst = 5;

/** Collects what is compared. */
export class Tally {
  private readonly worst: EntryReport[] = [];
  entries = 0;
  of = 0;
  beyond = 0;
  /** The largest derivative of the order at hand, and the entry with the largest doubtful tolerance. */
  private largest = 0;
  private doubtful?: EntryReport;

  constructor(private readonly point: string) {}

  add({ isTold, ...entry }: EntryReport & Told): void {
    const { worst } = this;
    this.largest = Math.max(this.largest, Math.abs(entry.reverse), Math.abs(entry.difference));
    if (!isTold && !(entry.tolerance <= (this.doubtful?.tolerance ?? 0))) this.doubtful = entry;
    this.entries++;
    if (severity(entry) > 1) this.beyond++;
    const place = worst.findIndex((other) => severity(entry) > severity(other));
    worst.splice(place < 0 ? worst.length : place, 0, entry);
    if (worst.length > mostWorst) worst.pop();
  }

  /**
   * Ends an order; the next has derivatives of its own. Throws a GradientError where the tolerance of
   * an entry is beyond a quarter of the largest derivative: a wrong one, such as 0, would pass.
   */
  expectTold(what: string): void {
    const { largest, doubtful } = this;
    this.largest = 0;
    this.doubtful = undefined;
    if (doubtful && doubtful.tolerance > largest / 4) {
      const report = { ...(this.report as GradientReport), ...doubtful };
      throw new GradientError(report, { what, source: 'it', largest });
    }
  }

  /** Undefined before an entry was added. */
  get report(): GradientReport | undefined {
    const { entries, of, beyond, worst, point } = this;
    return worst.length > 0
      ? { ...worst[0], entries, of, beyond, worst: [...worst], point }
      : undefined;
  }
}

interface Wording {
  readonly what: string;
  /** What gave the derivative that is wrong. */
  readonly source: string;
  /** Why the function is not finite at the point, if that is known. */
  readonly cause?: string;
  /** The largest derivative, where the tolerance is too large for it. */
  readonly largest?: number;
}

/**
 * Thrown by `checkGradients` and `checkFunction` at a derivative beyond its tolerance, and where no
 * derivative can be told from a wrong one.
 */
export class GradientError extends Error {
  override name = 'GradientError';

  constructor(
    readonly report: GradientReport,
    { what, source, cause, largest }: Wording,
  ) {
    const { worst, beyond, entries, of, point } = report;
    const others = worst.slice(1).filter((entry) => severity(entry) > 1);
    const sampled = entries < of ? `, a sample of ${of}` : '';
    const lines = [
      `${what} ${largest === undefined ? whatIsWrong(report, source) : untold(report, largest)}`,
      ...others.map((entry) => `  also ${briefly(entry)}`),
      `  ${beyond} of ${entries} entries${sampled} ${beyond === 1 ? 'is' : 'are'} beyond tolerance`,
      `  at the point ${point}`,
      ...(cause ? [`  ${cause}`] : []),
    ];
    super(lines.join('\n'));
  }
}

const nameOf = ({ leaf, position }: EntryReport): string => `${leaf}${showShape(position)}`;

const edges: { readonly [edge in Edge]: string } = {
  here: 'the function is not finite there: the point is outside of its domain',
  below: 'the domain of the function ends below it',
  above: 'the domain of the function ends above it',
  'on both sides': 'the domain of the function ends on both sides of it',
};

const untold = (report: EntryReport, largest: number): string =>
  `cannot be told from a wrong one at ${nameOf(report)} = ${report.at}: differences are so ` +
  `inexact there that an error of ${report.tolerance} would pass, and the largest derivative is ` +
  `${largest}: compute in float64, or give a tolerance`;

function whatIsWrong(report: EntryReport, source: string): string {
  const { at, reverse, difference, step, error, tolerance, edge } = report;
  const entry = `${nameOf(report)} = ${at}`;
  if (Number.isNaN(tolerance)) {
    const where = edge ? `: ${edges[edge]}` : '';
    return `has no central differences (NaN) at ${entry}, as it is moved by ${step}${where}`;
  }
  const both =
    `differs most at ${entry}: ${source} gives ${reverse}, central differences ` +
    `${difference} with step ${step}; `;
  if (Number.isNaN(error)) return `${both}the derivative by ${source} is not a number`;
  return `${both}error ${error} is beyond ${tolerance}${kinkOf(report)}`;
}

const kinkOf = ({ kink }: EntryReport): string =>
  kink
    ? `; the function has a kink there, with slope ${kink.left} to the left and ` +
      `${kink.right} to the right`
    : '';

function briefly(entry: EntryReport): string {
  const { at, reverse, difference, edge } = entry;
  const where = edge ? `; ${edges[edge]}` : kinkOf(entry);
  return `${nameOf(entry)} = ${at}: ${reverse}, by differences ${difference}${where}`;
}

/** Numbers shown of a tensor. */
const mostShown = 8;

/** A point as text. */
export function showPoint(
  variables: readonly { readonly path: string; readonly values: ArrayLike<number> }[],
): string {
  const shown = variables.slice(0, mostShown).map(({ path, values }) => {
    const numbers = Array.from({ length: Math.min(values.length, mostShown) }, (_, i) => values[i]);
    const more = values.length > mostShown ? `, … ${values.length} numbers` : '';
    return `${path} = [${numbers.join(', ')}${more}]`;
  });
  const more = variables.length > mostShown ? `, … ${variables.length} tensors` : '';
  return shown.join(', ') + more;
}
