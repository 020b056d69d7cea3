/** @file Descent on a quadratic in the plane with a learning rate for each step (Maclaurin et al. 2015). */

import {
  type BilevelProblem,
  mul,
  readAll,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  type Tree,
  tensor,
} from '../../../autodiff/index.ts';
import { random } from '../../../data/portable.ts';
import { counted } from '../../counted.ts';
import { descentRun } from '../descent-run.ts';
import type { AnyProblem, OpenRun } from '../problem.ts';
import type { PathView } from '../view.ts';

const extent = 4;

type Inputs = { readonly rates: Tensor };

/** The place of the ball, and the places before: one row a step, those to come are 0. */
type Way = { readonly at: Tensor; readonly path: Tensor };

/** Opens the learning rates. */
export const openLearningRate: OpenRun = async (
  { curvature, first, steps: asked, rate, momentum },
  how,
) => {
  const steps = Number(asked);
  const generator = random(how.seed).fork('start');
  const angle = 0.4 + 0.5 * generator.uniform();
  const start = [-3.2 * Math.cos(angle), 3.2 * Math.sin(angle)];
  const curvatures: [number, number] = [1, Number(curvature)];
  const half = tensor([0.5 * curvatures[0], 0.5 * curvatures[1]]);
  const double = tensor(curvatures);
  /** 1 at a step, 0 elsewhere: what picks the rate of the step, and the row of the path. */
  const marks = Array.from({ length: steps }, (_, t) =>
    tensor(Float64Array.from({ length: steps }, (_, i) => (i === t ? 1 : 0))),
  );
  const problemOf = (inputs: Inputs): AnyProblem => {
    const problem: BilevelProblem<Way, Inputs, Way, Tensor> = {
      inputs,
      init: () => ({ at: tensor(start), path: tensor(new Float64Array(2 * steps), [2, steps]) }),
      batch: (t) => marks[t],
      step({ at, path }, { rates }, mark) {
        const next = sub(at, mul(sum(mul(rates, mark)), mul(double, at)));
        const column = stack([
          mul(mark, sum(mul(next, tensor([1, 0])))),
          mul(mark, sum(mul(next, tensor([0, 1])))),
        ]);
        return { at: next, path: sub(path, mul(-1, column)) };
      },
      steps,
      objective: ({ at }) => sum(mul(half, square(at))),
    };
    return problem;
  };
  const { device } = how;
  return descentRun<Inputs>(
    {
      facts: {
        problem: 'learning-rate',
        title: `a valley ${curvature} times as steep across as along`,
        inputs: `${counted(steps, 'learning rate')}, one a step`,
        shape: [1, steps],
        steps,
        figures: [],
      },
      start: { rates: tensor(new Float64Array(steps).fill(Number(first))) },
      problemOf,
      rate: Number(rate),
      momentum: Number(momentum),
      least: 0,
      figures: async () => ({}),
      view: async (state: Tree): Promise<PathView> => {
        const [numbers] = await readAll((state as Way).path, { device });
        const path = new Float32Array(2 * (steps + 1));
        path.set(start);
        for (let t = 0; t < steps; t++) path.set([numbers[t], numbers[steps + t]], 2 * (t + 1));
        return { kind: 'path', path, curvatures, extent };
      },
    },
    how,
  );
};
