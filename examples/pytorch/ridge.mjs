/**
 * @file The problem of ridge.py, for `hypertape verify --problem ridge.mjs ridge.json`. Its export
 * `problem` is a function of the fixture's data; it returns a bilevel problem without its inputs, or a
 * function of the inputs.
 */

import { add, exp, grad, matmul, mean, mul, square, sub, sum, tensor } from 'hypertape/autodiff';

export const problem = (data) => {
  const [x, y, xVal, yVal] = [data.x, data.y, data.x_val, data.y_val].map((cells) => tensor(cells));
  const error = (at, target, w) => mean(square(sub(matmul(at, w), target)));
  const loss = (w, inputs) => add(error(x, y, w), mul(exp(inputs.log_penalty), sum(square(w))));
  return {
    init: () => tensor([0, 0, 0]),
    step: (w, inputs) => sub(w, mul(inputs.rate, grad(loss)(w, inputs))),
    steps: data.steps,
    objective: (w) => error(xVal, yVal, w),
  };
};
