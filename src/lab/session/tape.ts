/** @file The tape of one step of the open problem: its picture, and what is behind each card. */

import {
  add,
  exact,
  hypergradient,
  type KernelSource,
  kernelSource,
  noData,
  planOf,
  release,
  scope,
  type Tape,
  type TapeNode,
  type Tensor,
  type Tree,
  tapeOf,
  tapeValues,
  tensor,
  train,
} from '../../autodiff/index.ts';
import { type RecordedStep, stepFunction } from '../../models/index.ts';
import { layoutTape, type TapeLayout } from '../../picture/index.ts';
import type { AnyProblem, Outcome } from '../problems/problem.ts';
import { type NumberPicture, summaryOf } from './numbers.ts';
import { relaxed, type Session } from './session.ts';

/** Which tape: the whole step, or the way back through it. */
export type TapeView = 'step' | 'way back';

/** A tape with its picture. */
export interface LaidOutTape {
  readonly view: TapeView;
  readonly tape: Tape;
  readonly layout: TapeLayout;
}

/** What is behind a kernel of a tape. */
export interface KernelDetails {
  readonly kernel: number;
  /** The step whose numbers they are, from 0, and the outer iteration that it belongs to. */
  readonly step: number;
  readonly iteration: number;
  /** What it stores. */
  readonly value: NumberPicture;
  /** The derivative of the objective in that, of kernels of the whole step. */
  readonly gradient?: NumberPicture;
  readonly source: KernelSource;
  /** The operations that it computes, the stored one last. */
  readonly nodes: readonly TapeNode[];
}

/** A point of the training: the state before a step, and the derivative of the objective after it. */
interface Point {
  readonly outcome: Outcome;
  readonly step: number;
  readonly state: Tree;
  readonly adjoint: Tree;
}

const points = new WeakMap<Session, Point>();

/** Step `t` of a problem as a function of the state before it; its number is data as its batch is. */
function stepOf(problem: AnyProblem, t: number, state: Tree, view: TapeView, adjoint?: Tree) {
  type Data = { readonly batch: Tree; readonly t: Tensor };
  const step = {
    step: (at: Tree, inputs: Tree, data: Tree) => {
      const { batch, t: number } = data as Data;
      return problem.step(at, inputs, batch, number);
    },
    state,
    inputs: problem.inputs,
    batch: { batch: problem.batch?.(t) ?? noData, t: tensor(t) },
  };
  return stepFunction(step, view === 'step' ? 1 : 2, adjoint);
}

/** The tape of a step, laid out. Shapes alone count, so that it is the same for all steps. */
export function tapeOfSession({ problem }: Session, view: TapeView): LaidOutTape {
  const { fn, given } = stepOf(problem, 0, problem.init(problem.inputs), view);
  const tape = tapeOf(fn, given);
  return { view, tape, layout: layoutTape(tape) };
}

/** The numbers of a kernel in step `step` at the inputs of the last iteration, and its source. */
export async function kernelDetails(
  session: Session,
  view: TapeView,
  of: { readonly kernel: number; readonly step: number },
  signal: AbortSignal,
): Promise<KernelDetails> {
  const { device } = session;
  const { state, adjoint, step } = await pointAt(session, of.step, signal);
  const recorded = stepOf(session.problem, step, state, view, adjoint);
  const { nodes, kernels } = tapeOf(recorded.fn, recorded.given);
  const kernel = kernels[of.kernel];
  const stored = nodes[kernel.nodes[kernel.nodes.length - 1]];
  const weights = view === 'step' ? adjoint : undefined;
  const [{ numbers, gradient }] = await tapeValues(recorded.fn, [recorded.given], [stored.id], {
    device,
    weights,
  });
  return {
    kernel: kernel.id,
    step,
    iteration: session.last.iteration,
    value: summaryOf(numbers, stored.shape),
    ...(gradient && { gradient: summaryOf(gradient, stored.shape) }),
    source: sourceOf(session, recorded, kernel.id),
    nodes: kernel.nodes.map((node) => nodes[node]),
  };
}

const sourceOf = (
  { facts: { threads } }: Session,
  { fn, given }: RecordedStep,
  kernel: number,
): KernelSource => kernelSource(planOf(fn, given), kernel, { threads, relaxed });

/** The state before a step and the adjoint after it; those asked for last are kept. */
async function pointAt(session: Session, step: number, signal: AbortSignal): Promise<Point> {
  const { problem, device, last: outcome } = session;
  const known = points.get(session);
  if (known?.outcome === outcome && known.step === step) return known;
  points.delete(session);
  if (known) release([known.state, known.adjoint]);
  const stateAfter = (steps: number) =>
    train({ ...problem, steps }, problem.inputs, device, { signal });
  const state = await stateAfter(step);
  try {
    const adjoint = await scope(async (hold) => {
      const after = hold(await stateAfter(step + 1));
      const rest = restOf(problem, step + 1, after);
      const found = await hypergradient(rest, { method: exact(), device, signal });
      hold(found.state);
      return found.gradient;
    });
    const point = { outcome, step, state, adjoint };
    points.set(session, point);
    return point;
  } catch (error) {
    release(state);
    throw error;
  }
}

/**
 * What is left of a problem after some steps, as a problem in the state there: its hypergradient is
 * the adjoint.
 */
function restOf(problem: AnyProblem, done: number, state: Tree): AnyProblem {
  const { inputs, steps, batch, readout } = problem;
  return {
    ...problem,
    inputs: state,
    init: (from) => from,
    step: (at, _from, data, t) => problem.step(at, inputs, data, add(t, done)),
    steps: steps - done,
    ...(batch && { batch: (t: number) => batch(done + t) }),
    ...(readout && { readout: (end: Tree) => readout(end, inputs) }),
    objective: (end, _from, block) => problem.objective(end, inputs, block),
  };
}
