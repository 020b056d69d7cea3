/** @file What the exact gradient costs, whole or with checkpoints, and what a truncated one does. */

import {
  exact,
  hypergradient,
  leaves,
  release,
  scheduledCost,
  truncated,
} from '../../autodiff/index.ts';
import type { Session } from './session.ts';

/** What a method costs on the open problem. */
export interface Cost {
  readonly method: string;
  readonly heldStates: number;
  /** Bytes of the states that are held at once. */
  readonly heldBytes: number;
  readonly forwardSteps: number;
  /** Of one run, where it was measured. */
  readonly seconds?: number;
}

/** What is compared with the exact gradient that holds all states. */
export interface Thrift {
  /** Steps that `truncated` sees. */
  readonly tau: number;
  /** States that `exact` holds. */
  readonly checkpoints: number;
}

const methodsOf = (steps: number, { tau, checkpoints }: Thrift) => [
  { estimator: exact(), depth: steps, held: steps, name: 'exact()' },
  {
    estimator: exact({ checkpoints }),
    depth: steps,
    held: checkpoints,
    name: `exact({ checkpoints: ${checkpoints} })`,
  },
  { estimator: truncated(tau), depth: tau, held: tau, name: `truncated(${tau})` },
];

/** The costs by the schedule, without a run. */
export function costsOf({ problem, device }: Session, thrift: Thrift): Cost[] {
  const { steps } = problem;
  const cells = leaves(problem.init(problem.inputs)).reduce((sum, { size }) => sum + size, 0);
  const stateBytes = cells * (device.precision === 'f64' ? 8 : 4);
  return methodsOf(steps, thrift).map(({ name, depth, held }) => {
    const cost = scheduledCost(steps, { depth, checkpoints: held });
    return { method: name, ...cost, heldBytes: cost.heldStates * stateBytes };
  });
}

/** The costs with the seconds of a run of each, at the inputs of the last iteration. */
export async function measuredCosts(
  session: Session,
  thrift: Thrift,
  signal: AbortSignal,
): Promise<Cost[]> {
  const { problem, device, facts } = session;
  const costs = costsOf(session, thrift);
  const measured: Cost[] = [];
  for (const [i, { estimator }] of methodsOf(facts.steps, thrift).entries()) {
    const started = performance.now();
    const found = await hypergradient(problem, { method: estimator, device, signal });
    const seconds = (performance.now() - started) / 1000;
    release([found.gradient, found.state]);
    measured.push({ ...costs[i], ...found.cost, seconds });
  }
  return measured;
}
