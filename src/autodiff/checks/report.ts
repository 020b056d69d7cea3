/** @file What a check of gradients says: the worst entry, as a report or an error. */

import { showShape } from '../tape/shape.ts';
import type { Kink } from './differences.ts';

/** The entry whose error is largest against its tolerance. */
export interface GradientReport {
  /** 1 for the gradient, 2 for the gradient of the gradient along a direction, and so on. */
  readonly order: number;
  /** The path of the tensor, such as `users` or `layers.0`; `input` for a tree of one tensor. */
  readonly leaf: string;
  /** The position of the entry in the tensor. */
  readonly position: readonly number[];
  /** The derivative by reverse mode and by central differences. */
  readonly reverse: number;
  readonly difference: number;
  /** The step of the differences. */
  readonly step: number;
  /** The absolute difference between the two, and how large it may be. */
  readonly error: number;
  readonly tolerance: number;
  /** Where the function has a kink at the point, its slopes on both sides. */
  readonly kink?: Kink;
  /** Entries compared, over all orders. */
  readonly entries: number;
}

/** Error over tolerance; what is not a number is as bad as can be. */
export function severity({ error, tolerance }: GradientReport): number {
  if (error <= tolerance) return error === 0 ? 0 : error / tolerance;
  return error / tolerance || Number.POSITIVE_INFINITY;
}

/** Thrown by `checkGradients` at a derivative beyond its tolerance. */
export class GradientError extends Error {
  override name = 'GradientError';

  constructor(readonly report: GradientReport) {
    super(`checkGradients: order ${report.order} ${whatIsWrong(report)}`);
  }
}

function whatIsWrong(report: GradientReport): string {
  const { leaf, position, reverse, difference, step, error, tolerance, kink } = report;
  const at = `${leaf}${showShape(position)}`;
  if (Number.isNaN(tolerance)) {
    return (
      `has no central differences (NaN) around the point, as moved by ${step} along ${at}: it is ` +
      'outside of the domain of the function, or too near its edge'
    );
  }
  const both =
    `differs most at ${at}: reverse mode gives ${reverse}, central differences ${difference} ` +
    `with step ${step}; `;
  if (Number.isNaN(error)) return `${both}the derivative by reverse mode is not a number`;
  const beyond = `${both}error ${error} is beyond ${tolerance}`;
  return kink
    ? `${beyond}; the function has a kink there, with slope ${kink.left} to the left and ` +
        `${kink.right} to the right`
    : beyond;
}
