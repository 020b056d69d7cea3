/** @file One function of arrays as a contestant: on hypertape, on tfjs and on jax-js. */

import { compile, readAll, release, type Tensor, tensor } from '../src/autodiff/index.ts';
import { random } from '../src/data/random.ts';
import type { SimdDevice } from './benchmark.ts';
import type { Jax, JaxArray, Tfjs, TfTensor } from './peers.ts';
import type { Contestant } from './timing.ts';

export interface Input {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

const generator = random(1);

/** Normal numbers. */
export function normal(...shape: number[]): Input {
  const size = shape.reduce((product, n) => product * n, 1);
  return { data: Float32Array.from({ length: size }, generator.normal), shape };
}

/** One number in every cell. */
export function filled(value: number, ...shape: number[]): Input {
  const size = shape.reduce((product, n) => product * n, 1);
  return { data: new Float32Array(size).fill(value), shape };
}

/** The work: its inputs and, where a run goes on from the last, how many of them are the state. */
export interface Work {
  readonly inputs: readonly Input[];
  /** So many outputs are the first inputs of the next run. */
  readonly carry?: number;
}

/** A function compiled for each `simd` device; more tensors may follow the inputs. */
export function onSimd(
  devices: readonly SimdDevice[],
  { inputs, carry = 0 }: Work,
  fn: (...x: Tensor[]) => Tensor[],
  more: readonly Tensor[] = [],
): Contestant[] {
  return devices.map(({ name, device }) => ({
    name,
    start: async () => {
      const compiled = compile(fn, { device });
      const given = inputs.map(({ data, shape }) => tensor(data, [...shape]));
      let outputs: Tensor[] = [];
      return {
        run: async () => {
          const used = outputs;
          const rest = [...given.slice(carry), ...more];
          const state = carry > 0 && used.length > 0 ? used.slice(0, carry) : given.slice(0, carry);
          // Without a state the last outputs are of no use; their memory serves the next.
          if (carry === 0) release(used);
          outputs = await compiled(...state, ...rest);
          if (carry > 0) release(used);
        },
        read: async () => (await readAll(outputs, { device }))[0],
        stop: () => release(outputs),
      };
    },
  }));
}

/** A function of tfjs's operations, where tfjs is installed. */
export function onTfjs(
  tfjs: Tfjs | undefined,
  { inputs, carry = 0 }: Work,
  functionOf: (tfjs: Tfjs) => (...x: TfTensor[]) => TfTensor[],
): Contestant[] {
  if (!tfjs) return [];
  const fn = functionOf(tfjs);
  const start = async () => {
    const given = inputs.map(({ data, shape }) => tfjs.tensor(data, shape));
    let outputs: TfTensor[] = [];
    const dispose = (tensors: readonly TfTensor[]) => {
      for (const each of tensors) each.dispose();
    };
    return {
      run: () => {
        const used = outputs;
        const state = carry > 0 && used.length > 0 ? used.slice(0, carry) : given.slice(0, carry);
        if (carry === 0) dispose(used);
        outputs = tfjs.tidy(() => fn(...state, ...given.slice(carry)));
        if (carry > 0) dispose(used);
      },
      read: () => outputs[0].dataSync(),
      stop: () => dispose([...outputs, ...given]),
    };
  };
  return [{ name: 'tfjs', start }];
}

/** A function of jax-js's operations, compiled by `jit`, where jax-js is installed. */
export function onJax(
  jax: Jax | undefined,
  { inputs, carry = 0 }: Work,
  functionOf: (jax: Jax) => (...x: JaxArray[]) => JaxArray[],
): Contestant[] {
  if (!jax) return [];
  const start = async () => {
    const given = inputs.map(({ data, shape }) => jax.numpy.array(data).reshape(shape));
    const compiled = jax.jit(functionOf(jax));
    let outputs: JaxArray[] = [];
    return {
      run: async () => {
        const goesOn = carry > 0 && outputs.length > 0;
        // An operation uses up what it is given: the old state is, the rest must stay.
        const state = goesOn ? outputs : given.slice(0, carry).map((x) => x.ref);
        if (!goesOn) for (const output of outputs) output.dispose();
        outputs = compiled(...state, ...given.slice(carry).map((x) => x.ref));
        await Promise.all(outputs.map((output) => output.blockUntilReady()));
      },
      read: () => outputs[0].ref.data(),
      stop: () => {
        for (const each of [...outputs, ...given]) each.dispose();
      },
    };
  };
  return [{ name: 'jax-js', start }];
}
