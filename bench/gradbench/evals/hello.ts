/** @file GradBench `hello`: a square and its derivative. */

import { z } from 'zod';
import { compile, grad, square, type Tensor, tensor } from '../../../src/autodiff/index.ts';
import { type EvalModule, evalFunction, takeNumber } from '../function.ts';

const schema = z.number();

const functionOf = (fn: (x: Tensor) => Tensor) =>
  evalFunction(schema, (input, device) => {
    const compiled = compile(fn, { device });
    return async () => takeNumber(await compiled(tensor(input)), device);
  });

export const hello: EvalModule = {
  name: 'hello',
  functions: { square: functionOf(square), double: functionOf(grad((x: Tensor) => square(x))) },
};
