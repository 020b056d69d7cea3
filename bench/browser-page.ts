/** @file The page of the browser's benchmark: its devices at the same work, side by side. */

import {
  compile,
  type Device,
  hypergradient,
  matmul,
  openDevice,
  readAll,
  release,
  type Tensor,
  tensor,
} from '../src/autodiff/index.ts';
import { synthetic } from '../src/data/portable.ts';
import { syntheticAttack } from '../src/eval/problems/wrmf.ts';
import { normal } from './contestants.ts';
import type { Jax, JaxArray } from './peers.ts';
import { type Contestant, compare, type Row, type Running, type Timing } from './timing.ts';

interface Opened {
  readonly name: string;
  readonly device: Device;
}

const devices: Opened[] = [];
let jax: Jax | undefined;

/** Opens a device under the name of its column; returns why it cannot, if so. */
async function open(name: string, device: string, threads: number): Promise<string | null> {
  try {
    const options = device === 'simd' ? { threads } : {};
    devices.push({ name, device: await openDevice(device, options) });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Opens jax-js on WebGPU; returns why it cannot, if so. */
async function openJax(): Promise<string | null> {
  try {
    // @ts-ignore The peers may not be installed: then the import fails here.
    const loaded = (await import('@jax-js/jax')) as unknown as Jax;
    await loaded.init('webgpu');
    loaded.defaultDevice('webgpu');
    jax = loaded;
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A square product, with the numbers read: work of a GPU is done when they are there. */
function productOf(n: number): Contestant[] {
  const matrices = [normal(n, n), normal(n, n)];
  const ours = ({ device }: Opened): Running => {
    const compiled = compile((x: Tensor, y: Tensor) => [matmul(x, y)], { device });
    const [a, b] = matrices.map(({ data, shape }) => tensor(data, [...shape]));
    let product: Float32Array;
    return {
      run: async () => {
        const outputs = await compiled(a, b);
        [product] = (await readAll(outputs, { device })) as Float32Array[];
        release(outputs);
      },
      read: () => product,
      stop: () => {},
    };
  };
  const onJax = ({ numpy: { array, matmul: multiply }, jit }: Jax): Running => {
    const compiled = jit((x: JaxArray, y: JaxArray) => [multiply(x, y)]);
    const [a, b] = matrices.map(({ data, shape }) => array(data).reshape(shape));
    let product: Float32Array;
    return {
      run: async () => {
        const [output] = compiled(a.ref, b.ref);
        product = await output.data();
      },
      read: () => product,
      stop: () => {},
    };
  };
  const peer = jax;
  return [
    ...devices.map((each) => ({ name: each.name, start: async () => ours(each) })),
    ...(peer ? [{ name: 'jax-js webgpu', start: async () => onJax(peer) }] : []),
  ];
}

/**
 * The gradient of the paper's synthetic attack through so many steps of training, of a data set with
 * so many times its users and its items.
 */
function outerIterationOf(steps: number, scale: number): Contestant[] {
  const size = { users: 900 * scale, fakes: 100 * scale, items: 300 * scale };
  const problem = syntheticAttack(synthetic({ ...size, seed: 1 }), 1, steps);
  const start = async ({ device }: Opened): Promise<Running> => {
    let numbers: Float32Array;
    return {
      run: async () => {
        const { gradient, state } = await hypergradient(problem, { device });
        [numbers] = (await readAll(gradient, { device })) as Float32Array[];
        release(state);
        release(gradient);
      },
      read: () => numbers,
      stop: () => {},
    };
  };
  return devices.map((each) => ({ name: each.name, start: () => start(each) }));
}

/** A row whose timings can leave the page. */
export type PlainRow = Omit<Row, 'timings'> & { readonly timings: readonly [string, Timing][] };

async function measured(
  label: string,
  contestants: readonly Contestant[],
  runs: number,
): Promise<PlainRow> {
  const row = await compare({ label }, contestants, { rounds: runs });
  return { ...row, timings: [...row.timings] };
}

const page = {
  open,
  openJax,
  product: (n: number, runs: number) => measured(`product [${n} x ${n}]`, productOf(n), runs),
  outerIteration: (steps: number, scale: number, runs: number) =>
    measured(
      `${steps} steps, ${1000 * scale} x ${300 * scale}`,
      outerIterationOf(steps, scale),
      runs,
    ),
};

export type BenchmarkPage = typeof page;
Object.assign(globalThis, { page });
