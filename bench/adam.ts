/** @file One step of Adam, of which each run goes on from the state of the last. */

import { adam, type Tensor } from '../src/autodiff/index.ts';
import type { Benchmark } from './benchmark.ts';
import { filled, normal, onJax, onSimd, onTfjs } from './contestants.ts';
import type { Jax, JaxArray, Tfjs, TfTensor } from './peers.ts';
import { compare } from './timing.ts';

const size = 3.5e6;
const [learningRate, beta1, beta2, eps] = [0.01, 0.9, 0.999, 1e-8];

const optimizer = adam({ learningRate, betas: [beta1, beta2], eps });

function step(p: Tensor, m: Tensor, v: Tensor, w: Tensor, u: Tensor, g: Tensor): Tensor[] {
  const state = { mu: m, nu: v, biasCorrection: { mu: w, nu: u } };
  const [next, { mu, nu, biasCorrection }] = optimizer.update(g, state, p);
  return [next, mu, nu, biasCorrection.mu, biasCorrection.nu];
}

/** The same formula in tfjs's operations, which are kernels of their own. */
function tfjsStep(tfjs: Tfjs) {
  const { add, sub, mul, div, sqrt } = tfjs;
  const average = (beta: number, before: TfTensor, value: TfTensor | number) =>
    add(mul(before, beta), mul(value, 1 - beta));
  return (...[p, m, v, w, u, g]: TfTensor[]): TfTensor[] => {
    const [mean, square] = [average(beta1, m, g), average(beta2, v, mul(g, g))];
    const [meanWeight, squareWeight] = [average(beta1, w, 1), average(beta2, u, 1)];
    const direction = div(mean, add(div(sqrt(square), sqrt(squareWeight)), eps));
    const next = sub(p, mul(div(learningRate, meanWeight), direction));
    return [next, mean, square, meanWeight, squareWeight];
  };
}

/** The same formula for jax-js; `ref` where a value is used again. */
function jaxStep({ numpy: { sqrt } }: Jax) {
  return (...[p, m, v, w, u, g]: JaxArray[]): JaxArray[] => {
    const mean = m.mul(beta1).add(g.ref.mul(1 - beta1));
    const square = v.mul(beta2).add(g.ref.mul(g).mul(1 - beta2));
    const meanWeight = w.mul(beta1).add(1 - beta1);
    const squareWeight = u.mul(beta2).add(1 - beta2);
    const scale = sqrt(squareWeight.ref);
    const direction = mean.ref.div(sqrt(square.ref).div(scale).add(eps));
    const next = p.sub(direction.mul(learningRate).div(meanWeight.ref));
    return [next, mean, square, meanWeight, squareWeight];
  };
}

export const adamBenchmark: Benchmark = {
  name: 'adam',
  about: 'one step of Adam; four arrays are read and three written',
  unit: 'GB/s',
  async *rows({ simd, tfjs, jax, runs }) {
    const state = [normal(size), filled(0, size), filled(0, size), filled(0), filled(0)];
    const work = { inputs: [...state, normal(size)], carry: state.length };
    const contestants = [
      ...onSimd(simd, work, step as (...x: Tensor[]) => Tensor[]),
      ...onTfjs(tfjs, work, tfjsStep),
      ...onJax(jax, work, jaxStep),
    ];
    const label = '3,500,000 parameters';
    yield await compare({ label, work: 7 * size * 4 }, contestants, { rounds: runs });
  },
};
