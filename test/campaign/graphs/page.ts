/** @file The page that computes random graphs on the devices of a browser. */

import type { Device } from '../../../src/autodiff/devices/device.ts';
import { openDevice } from '../../../src/autodiff/index.ts';
import { checkGraph } from '../../autodiff/devices/agreement.ts';
import { wgsl } from '../../autodiff/devices/bounded.ts';
import type { Graph } from '../../autodiff/devices/graphs.ts';

const devices: Device[] = [];

const graphsPage = {
  open: async (name: string) => {
    devices.push(await openDevice(name));
  },
  /** What is wrong, or null. */
  check: async (graph: Graph): Promise<string | null> => {
    const contestants = devices.map((device) => ({ device, accuracy: wgsl }));
    try {
      await checkGraph(graph, contestants, { cells: 0, vague: 0 });
      return null;
    } catch (error) {
      return error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
    }
  },
};

export type GraphsPage = typeof graphsPage;
Object.assign(globalThis, { graphsPage });
