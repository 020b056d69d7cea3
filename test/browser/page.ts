/** @file The page that the browser test drives: the conformance checks, one call each. */

import type { Device } from '../../src/autodiff/devices/device.ts';
import { availableModes, liveBuffers } from '../../src/autodiff/devices/gpujs/gpujs.ts';
import { openDevice } from '../../src/autodiff/index.ts';
import { wgsl } from '../autodiff/devices/bounded.ts';
import { addressCases, type Case, primitiveCases } from '../autodiff/devices/cases.ts';
import { checkCase } from '../autodiff/devices/conformance.ts';
import { traps } from '../autodiff/devices/traps.ts';
import { trainingCases } from '../models/devices/training-cases.ts';

/** A few of the cases at a larger size: those whose kernels address cells in different ways. */
const larger = /^(exp|mul|where|transpose|slice|pad|concat|broadcastTo|sumTo) of/;

const cases: Case[] = [
  ...primitiveCases([1001], [1001, 2500]),
  ...primitiveCases([4097], []).filter(({ name }) => larger.test(name)),
  ...addressCases(2 ** 21 + 5),
];

/** Training steps have dozens of kernels, which WebGL compiles slowly. */
const steps = trainingCases();

const warnings: string[] = [];
console.warn = (...args: unknown[]) => warnings.push(args.join(' '));

let device: Device;

const page = {
  caseNames: () => [...cases, ...steps].map(({ name }) => name),
  availableModes,
  open: async (name: string) => {
    device = await openDevice(name);
  },
  stepCount: steps.length,
  check: (index: number) => messageOf(() => checkCase(device, wgsl, [...cases, ...steps][index])),
  trapNames: Object.keys(traps),
  checkTrap: (what: string) => messageOf(() => traps[what](device)),
  liveBuffers: () => liveBuffers(device),
  close: () => device.dispose(),
  warnings: () => warnings,
};

/** What is wrong, or nothing. */
async function messageOf(check: () => Promise<void>): Promise<string | null> {
  try {
    await check();
    return null;
  } catch (error) {
    return error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
  }
}

export type Page = typeof page;
Object.assign(globalThis, { page });
