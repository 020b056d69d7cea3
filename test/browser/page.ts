/** @file The page that the browser test drives: the conformance checks, one call each. */

import type { Device } from '../../src/autodiff/devices/device.ts';
import { availableModes } from '../../src/autodiff/devices/gpujs.ts';
import { openDevice } from '../../src/autodiff/index.ts';
import { wgsl } from '../devices/bounded.ts';
import { addressCases, type Case, primitiveCases } from '../devices/cases.ts';
import { checkCase } from '../devices/conformance.ts';
import { trainingCases } from '../devices/training-cases.ts';

const cases: Case[] = [
  ...primitiveCases([1001], [1001]),
  ...addressCases(2 ** 21 + 5),
  ...trainingCases(),
];

const warnings: string[] = [];
console.warn = (...args: unknown[]) => warnings.push(args.join(' '));

let device: Device;

const page = {
  caseNames: () => cases.map(({ name }) => name),
  availableModes,
  open: async (name: string) => {
    device = await openDevice(name);
  },
  /** What is wrong with a case, or nothing. */
  check: async (index: number): Promise<string | null> => {
    try {
      await checkCase(device, wgsl, cases[index]);
      return null;
    } catch (error) {
      return error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
    }
  },
  warnings: () => warnings,
};

export type Page = typeof page;
Object.assign(globalThis, { page });
