/**
 * @file Checks derivatives of one's own code: a rule that is right, one that is wrong by a factor,
 * and one that is right at first order alone.
 *
 * Run: node --import tsx examples/check-gradients.ts
 */

import {
  checkGradients,
  customVjp,
  exp,
  GradientError,
  log1p,
  mul,
  sigmoid,
  stopGradient,
  sum,
  type Tensor,
  tensor,
} from 'hypertape/autodiff';

const softplus = (x: Tensor): Tensor => log1p(exp(x));

/** softplus with its derivative by hand, sigmoid(x). */
const right = customVjp(softplus, (cotangent, x) => mul(cotangent, sigmoid(x)));

/** The same with a factor too much. */
const scaled = customVjp(softplus, (cotangent, x) => mul(mul(1.001, cotangent), sigmoid(x)));

/** The first derivative is right, but it hides from the second how it depends on x. */
const flat = customVjp(softplus, (cotangent, x) => mul(cotangent, stopGradient(sigmoid(x))));

const loss = (f: (x: Tensor) => Tensor) => (weights: { a: Tensor; b: Tensor }) =>
  sum(mul(f(weights.a), weights.b));
const point = { a: tensor([[0.3, -1.2]]), b: tensor([[2, 0.5]]) };

async function report(name: string, f: (x: Tensor) => Tensor, order: 1 | 2): Promise<void> {
  try {
    const { entries, error, tolerance } = await checkGradients(loss(f), point, { order });
    console.log(
      `${name}, order ${order}: ${entries} entries agree, error ${error} <= ${tolerance}`,
    );
  } catch (error) {
    if (!(error instanceof GradientError)) throw error;
    const { leaf, position, reverse, difference } = error.report;
    console.log(
      `${name}, order ${order}: wrong at ${leaf}[${position}]: ` +
        `${reverse} by reverse mode, ${difference} by central differences`,
    );
  }
}

await report('right', right, 1);
await report('right', right, 2);
await report('scaled', scaled, 1);
await report('flat', flat, 1);
await report('flat', flat, 2);
