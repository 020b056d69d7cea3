/** @file Tests that get a device of their own. */

import { test } from 'uvu';
import { type Device, openDevice } from '../../src/autodiff/index.ts';

/** Makes tests on a device of this name, which each of them opens and disposes of. */
export const onDevice =
  (name: string) =>
  (label: string, run: (device: Device) => Promise<void>): void =>
    test(`${name}: ${label}`, async () => {
      const device = await openDevice(name);
      await run(device);
      await device.dispose();
    });
