/** @file What the tool knows of an eval: a module of functions, each made ready for an input. */

import type { z } from 'zod';
import {
  type Device,
  type HostArray,
  readAll,
  release,
  type Tree,
} from '../../src/autodiff/index.ts';

/** A function of an eval on an input: what is timed, and gives the output. */
export type Ready = () => Promise<unknown>;

/** A function of an eval: checks an input, compiles for it on a device, and gives what is timed. */
export type EvalFunction = (input: unknown, device: Device) => Ready | Promise<Ready>;

/** An eval's module: its functions by name. */
export interface EvalModule {
  readonly name: string;
  readonly functions: Readonly<Record<string, EvalFunction>>;
}

/** A function whose input has a schema. */
export const evalFunction =
  <Input>(
    schema: z.ZodType<Input>,
    ready: (input: Input, device: Device) => Ready | Promise<Ready>,
  ): EvalFunction =>
  (input, device) =>
    ready(schema.parse(input), device);

/** The numbers of a tree's leaves; its buffers are freed. */
export async function take(tree: Tree, device: Device): Promise<HostArray[]> {
  const leaves = await readAll(tree, { device });
  release(tree);
  return leaves;
}

/** The number of a scalar. */
export const takeNumber = async (tree: Tree, device: Device): Promise<number> =>
  (await take(tree, device))[0][0];

/** The numbers of one tensor. */
export const takeNumbers = async (tree: Tree, device: Device): Promise<number[]> =>
  Array.from((await take(tree, device))[0]);

/** Rows of a flat matrix. */
export const rowsOf = (numbers: ArrayLike<number>, columns: number): number[][] =>
  Array.from({ length: columns === 0 ? 0 : numbers.length / columns }, (_, row) =>
    Array.from({ length: columns }, (_, column) => numbers[row * columns + column]),
  );
