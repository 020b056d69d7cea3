/** @file Hypergradients and the arena: states that do not fit are refused early, nothing is left. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Device } from '../../../../src/autodiff/devices/device.ts';
import { openSimd } from '../../../../src/autodiff/devices/simd/simd.ts';
import {
  add,
  type BilevelProblem,
  type Estimator,
  exact,
  hypergradient,
  MethodError,
  matmul,
  mul,
  readAll,
  release,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
  truncated,
} from '../../../../src/autodiff/index.ts';
import { numbers } from '../cases.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const [rows, columns, steps] = [1000, 250, 12];

type Weights = { readonly w: Tensor };
type Shift = { readonly shift: Tensor };

const first = tensor(numbers(rows * columns, -1, 1, 2), [rows, columns]);

/** A state of 1 MB, whose step and objective need a workspace. */
const large: BilevelProblem<Weights, Shift> = {
  inputs: { shift: tensor(numbers(columns, -1, 1, 1)) },
  init: () => ({ w: first }),
  step: ({ w }, { shift }) => {
    const gram = matmul(w, w, { transposeA: true });
    return { w: tanh(add(matmul(w, mul(1e-3, gram)), mul(w, shift))) };
  },
  steps,
  objective: ({ w }) => sum(square(w)),
};

async function solve(device: Device, method: Estimator): Promise<number[]> {
  const { gradient, state } = await hypergradient(large, { device, method });
  const [numbersOf] = await readAll(gradient, { device });
  release([gradient, state]);
  return [...numbersOf];
}

async function refusal(device: Device, method: Estimator): Promise<MethodError> {
  let trained = 0;
  const onProgress = () => trained++;
  const error = await hypergradient(large, { device, method, onProgress }).catch((e) => e);
  assert.instance(error, MethodError);
  assert.is(trained, 0, 'refused before it trains');
  return error;
}

/** Frees what is no longer reachable. */
async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('states that do not fit are refused with the number that does, which then fits', async () => {
  const roomy = await openSimd({ threads: 1 });
  for (const [name, method] of [
    ['exact', (checkpoints?: number) => exact({ checkpoints })],
    ['truncated', (checkpoints?: number) => truncated(steps - 1, { checkpoints })],
  ] as const) {
    const expected = await solve(roomy, method());
    const device = await openSimd({ threads: 1, memoryLimit: 16e6 });
    const { message } = await refusal(device, method());
    assert.match(message, /of 1000000 bytes do not fit simd, which .* at most 16000000;/);
    const most = Number(/set checkpoints to (\d+)/.exec(message)?.[1]);
    assert.ok(most > 1 && most < steps - 1, `${name}: ${most}`);
    assert.match((await refusal(device, method(most + 1))).message, `${most + 1} states`);
    assert.equal(await solve(device, method(most)), expected);
    await device.dispose();
  }
  await roomy.dispose();
});

test('where not one state fits, the error does not name a number of checkpoints', async () => {
  const device = await openSimd({ threads: 1, memoryLimit: 6.5e6 });
  const { message } = await refusal(device, exact({ checkpoints: 1 }));
  assert.match(message, /not one does: use smaller batches or blocks/);
  await device.dispose();
});

test('nothing keeps the memory of a device that was disposed of', async () => {
  const open = async () => {
    const device = await openSimd({ threads: 2 });
    await solve(device, exact());
    await device.dispose();
    return new WeakRef(device);
  };
  const device = await open();
  await settle();
  assert.is(device.deref(), undefined);
});

test.run();
