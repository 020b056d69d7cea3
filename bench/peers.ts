/** @file The peers, and the parts of their interfaces that the benchmarks use. */

import { createRequire } from 'node:module';

export interface TfTensor {
  dataSync(): Float32Array;
  dispose(): void;
}

type TfOperand = TfTensor | number;

/** tfjs with its WebAssembly backend on one thread. */
export interface Tfjs {
  tensor(data: Float32Array, shape: readonly number[]): TfTensor;
  tidy<T>(fn: () => T): T;
  matMul(x: TfTensor, y: TfTensor, transposeX?: boolean, transposeY?: boolean): TfTensor;
  logSoftmax(x: TfTensor): TfTensor;
  add(x: TfOperand, y: TfOperand): TfTensor;
  sub(x: TfOperand, y: TfOperand): TfTensor;
  mul(x: TfOperand, y: TfOperand): TfTensor;
  div(x: TfOperand, y: TfOperand): TfTensor;
  sqrt(x: TfTensor): TfTensor;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  getBackend(): string;
}

const require = createRequire(import.meta.url);

/** Whether a peer is there: bench/run.mjs installs them, unless it cannot. */
function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Loads tfjs by its CommonJS build: its modules cannot be imported by Node. */
export async function openTfjs(): Promise<Tfjs | undefined> {
  if (!isInstalled('@tensorflow/tfjs-core')) return undefined;
  const tfjs: Tfjs = require('@tensorflow/tfjs-core');
  const wasm: { setThreadsCount(n: number): void } = require('@tensorflow/tfjs-backend-wasm');
  wasm.setThreadsCount(1);
  await tfjs.setBackend('wasm');
  await tfjs.ready();
  if (tfjs.getBackend() !== 'wasm') throw new Error(`tfjs: no wasm, but ${tfjs.getBackend()}`);
  return tfjs;
}

export interface JaxArray {
  /** One more reference; an operation uses up the one it is given. */
  readonly ref: JaxArray;
  readonly shape: readonly number[];
  add(y: JaxArray | number): JaxArray;
  sub(y: JaxArray | number): JaxArray;
  mul(y: JaxArray | number): JaxArray;
  div(y: JaxArray | number): JaxArray;
  sum(axis?: number): JaxArray;
  mean(axes?: readonly number[]): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  /** `[]` is the whole of an axis. */
  slice(...index: readonly (number | readonly [])[]): JaxArray;
  blockUntilReady(): Promise<JaxArray>;
  data(): Promise<Float32Array>;
  dispose(): void;
}

/** An array, a list of arrays, or none: what functions that jax-js transforms take and give. */
type JaxTree = JaxArray | readonly JaxArray[];

/** What a compiled function takes for an argument: numbers too. */
type JaxArguments<A extends JaxTree[]> = {
  [K in keyof A]: A[K] extends JaxArray ? JaxArray : readonly (JaxArray | number)[];
};

/** Rows of numbers, of any rank. */
export type Nested = readonly (number | Nested)[];

/** jax-js on WebAssembly. */
export interface Jax {
  init(device: string): Promise<string[]>;
  defaultDevice(device: string): string;
  jit<A extends JaxTree[]>(fn: (...x: A) => JaxArray[]): (...x: JaxArguments<A>) => JaxArray[];
  grad(fn: (x: JaxArray[]) => JaxArray): (x: JaxArray[]) => JaxArray[];
  /** The value, and what takes its cotangents to those of the arguments. */
  vjp<A extends JaxArray[][]>(
    fn: (...x: A) => JaxArray[],
    at: A,
  ): [JaxArray[], (cotangents: JaxArray[]) => A];
  readonly nn: Readonly<Record<'logSoftmax' | 'relu' | 'sigmoid' | 'softplus', JaxFunction>>;
  readonly numpy: Readonly<Record<'exp' | 'matrixTranspose' | 'sqrt', JaxFunction>> & {
    array(data: Float32Array | Nested): JaxArray;
    zeros(shape: readonly number[]): JaxArray;
    ones(shape: readonly number[]): JaxArray;
    full(shape: readonly number[], value: number): JaxArray;
    broadcastTo(x: JaxArray, shape: readonly number[]): JaxArray;
    greater(x: JaxArray, y: JaxArray | number): JaxArray;
    where(condition: JaxArray, x: JaxArray | number, y: JaxArray | number): JaxArray;
    matmul(x: JaxArray, y: JaxArray): JaxArray;
  };
}

type JaxFunction = (x: JaxArray) => JaxArray;

/** Loads jax-js; it computes on one thread in Node, which has no workers of the web's kind. */
export async function openJax(): Promise<Jax | undefined> {
  // A name that the type checker does not follow: the peers may not be installed.
  const name: string = '@jax-js/jax';
  if (!isInstalled(name)) return undefined;
  const jax = (await import(name)) as Jax;
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  return jax;
}
