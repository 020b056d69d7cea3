/** @file A plan: kernels in order, over buffers that are reused by liveness. */

import type { Expression } from '../kernel/expression.ts';
import { javascript, printCell, threadAxes } from '../kernel/print.ts';
import { type Shape, showShape } from '../tape/shape.ts';
import type { Kind } from '../tape/tensor.ts';

/** Where a value is stored: in an input of the plan, in one of its buffers, or nowhere. */
export type Place = StoredPlace | { readonly kind: 'empty' };

/** Where a value with cells is stored. */
export type StoredPlace =
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'buffer'; readonly index: number };

/** A kernel computes every cell of a new value by one expression. */
export interface Kernel {
  /** The operations fused into it, for people to read. */
  readonly name: string;
  /** One to three thread axes, none of them empty, slowest first; three of them if it is recurrent. */
  readonly threads: Shape;
  /** The value of one cell; its argument slot `i` is `arguments[i]`. */
  readonly expression: Expression;
  readonly arguments: readonly Argument[];
  /** The buffer that it writes: none of those that it reads, unless it is recurrent. */
  readonly output: number;
}

/**
 * Whether a kernel reads what it writes. It reads at smaller y, so that the threads of a row, of one
 * z, run after those of all rows before it.
 */
export const isRecurrent = (kernel: Kernel): boolean =>
  kernel.arguments.some(({ place }) => place.kind === 'buffer' && place.index === kernel.output);

/** What a kernel reads in one argument slot. */
export interface Argument {
  readonly place: StoredPlace;
  /** What its cells are; `real` too where a kernel moves addresses to a copy as they are. */
  readonly kind: Kind;
  readonly size: number;
}

/** A tensor that is given with each run. */
export interface PlanInput {
  readonly shape: Shape;
  readonly kind: Kind;
  /** What its addresses must be below, since kernels read at them; infinite where none does. */
  readonly extent: number;
}

/** A result of each run; those of kind `index` are copies of inputs. */
export interface PlanOutput {
  readonly place: Place;
  readonly shape: Shape;
  readonly kind: Kind;
}

/** A compiled graph: what a device makes a program of. */
export interface Plan {
  readonly inputs: readonly PlanInput[];
  readonly kernels: readonly Kernel[];
  /** Cells of each buffer. Values of one size share a buffer if none is read after the next. */
  readonly buffers: readonly number[];
  /** Those without cells are computed by no kernel; they are new buffers of size 0 still. */
  readonly outputs: readonly PlanOutput[];
}

const showPlace = (place: Place): string =>
  place.kind === 'empty' ? 'empty' : `${place.kind === 'input' ? 'in' : 'b'}${place.index}`;

const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

/** The kernels of a plan as text: what each reads and writes, and the source of its cell. */
export function showPlan(plan: Plan): string {
  const lines = plan.inputs.map((input, i) => `in${i}: ${input.kind} ${showShape(input.shape)}`);
  for (const kernel of plan.kernels) lines.push(...showKernel(kernel));
  plan.outputs.forEach(({ place, shape }, i) => {
    lines.push(`out${i} = ${showPlace(place)}: ${showShape(shape)}`);
  });
  const counts = [
    counted(plan.kernels.length, 'kernel'),
    counted(plan.buffers.length, 'buffer'),
    counted(planCells(plan), 'cell'),
  ];
  lines.push(counts.join(', '));
  return lines.join('\n');
}

/** The lines of one kernel in the text of its plan. */
export function showKernel({ name, threads, expression, arguments: args, output }: Kernel) {
  const { statements, result } = printCell(expression, javascript);
  const reads = args.map(({ place }, slot) => `a${slot}=${showPlace(place)}`);
  const axes = threadAxes(threads.length).map((axis, i) => `${axis}<${threads[i]}`);
  return [
    `b${output} = ${name} (${reads.join(' ')}) [${axes.join(' ')}]`,
    ...[...statements, result].map((line) => `    ${line}`),
  ];
}

/** Cells that a plan's buffers hold together. */
export const planCells = (plan: Plan): number =>
  plan.buffers.reduce((total, size) => total + size, 0);
