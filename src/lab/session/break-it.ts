/** @file Four ways to go wrong, each on a small problem of its own, and what catches it. */

import {
  add,
  type BilevelProblem,
  cg,
  type Device,
  div,
  exact,
  grad,
  hypergradient,
  implicit,
  log,
  mul,
  NonFiniteError,
  openDevice,
  pow,
  release,
  type Solver,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from '../../autodiff/index.ts';
import { UserError } from '../../errors.ts';

/** What caught it, level by level, and the number that would have been believed. */
export interface Caught {
  readonly name: string;
  readonly findings: readonly { readonly level: string; readonly sentence: string }[];
}

/** One way to go wrong. */
interface Fault {
  readonly name: string;
  run(device: Device, signal: AbortSignal): Promise<Caught['findings']>;
}

const size = 10;

/** Curvatures from 0.1 to 1: what ten directions of a quadratic have. */
const curvatures = tensor(
  Float64Array.from({ length: size }, (_, i) => 0.1 + (0.9 * i) / (size - 1)),
);

/** 0 for one entry, whose gradient is 0 as that of an item that no one clicked; 1 elsewhere. */
const neverClicked = tensor(Float64Array.from({ length: size }, (_, i) => (i === 3 ? 0 : 1)));

type Inputs = { readonly x: Tensor };

/** ½ wᵀ A w - xᵀ w by gradient descent, and the distance of its end from 1. */
function quadratic(steps: number): BilevelProblem<Tensor, Inputs> {
  return {
    inputs: { x: tensor(Float64Array.from({ length: size }, (_, i) => 1 + i / size)) },
    init: () => tensor(new Float64Array(size)),
    step: (w, { x }) => sub(w, grad((at: Tensor) => loss(at, { x }))(w)),
    steps,
    objective: (w) => mul(0.5, sum(square(sub(w, 1)))),
  };
}

const loss = (w: Tensor, { x }: Inputs): Tensor =>
  sub(mul(0.5, sum(mul(curvatures, square(w)))), sum(mul(x, w)));

/** What a certificate says of an implicit hypergradient. */
async function certified(
  problem: BilevelProblem<Tensor, Inputs>,
  solver: Solver,
  { device, signal }: { readonly device: Device; readonly signal: AbortSignal },
): Promise<Caught['findings']> {
  const method = implicit<Tensor, Inputs>({ loss, solver });
  const { gradient, state, certificate } = await hypergradient(problem, { method, device, signal });
  release([gradient, state]);
  return certificate?.findings ?? [];
}

/** Conjugate gradients as a published package had them: the iterate before the last is returned. */
const staleCg: Solver = {
  ...cg({ iterations: 2 }),
  name: 'cg that returns the iterate before the last',
  solve: (system) => cg({ iterations: 1 }).solve(system),
};

/** What a run that leaves the finite numbers says. */
async function nonFinite(run: () => Promise<unknown>): Promise<Caught['findings']> {
  try {
    await run();
    return [{ level: 'fine', sentence: 'all numbers are finite' }];
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    return [{ level: 'warning', sentence: error.message }];
  }
}

const faults: readonly Fault[] = [
  {
    name: 'unconverged',
    run: (device, signal) => certified(quadratic(3), cg({ iterations: 20 }), { device, signal }),
  },
  {
    name: 'wrong-cg',
    run: (device, signal) => certified(quadratic(300), staleCg, { device, signal }),
  },
  {
    name: 'adam-root',
    run: (device, signal) =>
      nonFinite(() => {
        // As Adam divides, with the power 1/2 in the place of the root that has a rule at 0.
        const problem: BilevelProblem<Tensor, Inputs> = {
          ...quadratic(5),
          step: (w, { x }) => {
            const slope = mul(neverClicked, sub(mul(curvatures, w), x));
            return sub(w, mul(0.1, div(slope, add(pow(square(slope), 0.5), 1e-8))));
          },
        };
        return hypergradient(problem, { method: exact(), device, signal });
      }),
  },
  {
    name: 'nan-at-37',
    run: (device, signal) =>
      nonFinite(() => {
        const problem: BilevelProblem<Tensor, Inputs, Tensor, Tensor> = {
          ...quadratic(100),
          batch: (step) => tensor(step === 37 ? 0 : 1),
          step: (w, { x }, planted) =>
            sub(w, mul(0.1, sub(sub(mul(curvatures, w), x), mul(w, log(planted))))),
        };
        return hypergradient(problem, { method: exact(), device, signal });
      }),
  },
];

/** Breaks something, and says what caught it. Throws a UserError for a name that is not known. */
export async function breakIt(name: string, signal: AbortSignal): Promise<Caught> {
  const fault = faults.find((each) => each.name === name);
  if (!fault) throw new UserError(`break it: ${name} is not known`);
  const device = await openDevice('simd', { threads: 1 });
  try {
    return { name, findings: await fault.run(device, signal) };
  } finally {
    await device.dispose();
  }
}
