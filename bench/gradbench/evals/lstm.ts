/** @file GradBench `lstm`: ADBench's LSTM, differentiated through time. */

import { z } from 'zod';
import {
  compile,
  type Device,
  exact,
  hypergradient,
  release,
  tensor,
  train,
} from '../../../src/autodiff/index.ts';
import { lstmProblem } from '../../objectives/lstm.ts';
import { type EvalModule, evalFunction, take, takeNumber } from '../function.ts';

const matrix = z.array(z.array(z.number()).min(1)).min(1);
const schema = z.object({
  main_params: matrix,
  extra_params: matrix,
  state: matrix,
  sequence: matrix.min(2),
});

const problemOf = (input: z.infer<typeof schema>) =>
  lstmProblem(
    { main: tensor(input.main_params), extra: tensor(input.extra_params) },
    { state: tensor(input.state), sequence: input.sequence.map((bits) => tensor(bits)) },
  );

export const lstm: EvalModule = {
  name: 'lstm',
  functions: {
    objective: evalFunction(schema, (input, device: Device) => {
      const problem = problemOf(input);
      const { inputs } = problem;
      const loss = compile(
        (state: ReturnType<typeof problem.init>) => problem.objective(state, inputs, []),
        { device },
      );
      return async () => {
        const state = await train(problem, inputs, device);
        const value = await takeNumber(await loss(state), device);
        release(state);
        return value;
      };
    }),
    jacobian: evalFunction(schema, (input, device: Device) => {
      const problem = problemOf(input);
      return async () => {
        const { gradient, state } = await hypergradient(problem, { method: exact(), device });
        release(state);
        const [main, extra] = await take([gradient.main, gradient.extra], device);
        return [...main, ...extra];
      };
    }),
  },
};
