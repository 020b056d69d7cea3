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

/** Loads tfjs by its CommonJS build: its modules cannot be imported by Node. */
export async function openTfjs(): Promise<Tfjs> {
  const require = createRequire(import.meta.url);
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
  add(y: JaxArray | number): JaxArray;
  sub(y: JaxArray | number): JaxArray;
  mul(y: JaxArray | number): JaxArray;
  div(y: JaxArray | number): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  blockUntilReady(): Promise<JaxArray>;
  data(): Promise<Float32Array>;
  dispose(): void;
}

/** jax-js on WebAssembly. */
export interface Jax {
  init(device: string): Promise<string[]>;
  defaultDevice(device: string): string;
  jit<A extends JaxArray[]>(fn: (...x: A) => JaxArray[]): (...x: A) => JaxArray[];
  readonly nn: { logSoftmax(x: JaxArray): JaxArray };
  readonly numpy: {
    array(data: Float32Array): JaxArray;
    matmul(x: JaxArray, y: JaxArray): JaxArray;
    matrixTranspose(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
  };
}

/** Loads jax-js; it computes on one thread in Node, which has no workers of the web's kind. */
export async function openJax(): Promise<Jax> {
  // A name that the type checker does not follow: the peers may not be installed.
  const name: string = '@jax-js/jax';
  const jax = (await import(name)) as Jax;
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  return jax;
}
