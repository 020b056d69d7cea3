/** @file Timing devices: a row each, or the reason why one is not there. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { presetSettings } from '../../src/lab/index.ts';
import { labProblem } from '../../src/lab/problems/registry.ts';
import { type DeviceRow, deviceChoices, timeDevices } from '../../src/lab/session/devices.ts';
import { Session } from '../../src/lab/session/session.ts';

const settings = presetSettings(labProblem('cleaning'));

test('each device has its milliseconds or a reason, and all agree about the objective', async () => {
  const rows: DeviceRow[] = [];
  const { signal } = new AbortController();
  await timeDevices(settings, { signal, tell: (row) => rows.push(row as DeviceRow) });
  assert.equal(
    rows.map(({ device, threads }) => ({ device, threads })),
    deviceChoices,
  );
  const session = await Session.open({ ...settings, device: 'reference' });
  const { value } = await session.next(signal);
  await session.close();
  for (const row of rows) {
    if ('reason' in row) {
      assert.match(row.device, /^gpujs/);
      assert.match(row.reason, /not available here/);
      continue;
    }
    assert.ok(row.milliseconds > 0 && row.firstMilliseconds > 0);
    // 60 steps on 120 points round a few thousand times by 2^-24 each.
    const tolerance = row.precision === 'f64' ? 0 : 2 ** -24 * 4000;
    assert.ok(Math.abs(row.value - value) <= tolerance * Math.abs(value));
  }
  const there = rows.filter((row) => !('reason' in row)).map(({ device }) => device);
  assert.ok(there.includes('simd') && there.includes('reference'));
});

test('a stop ends it between devices and within one', async () => {
  for (const rowsBefore of [0, 3]) {
    const controller = new AbortController();
    let told = 0;
    const stopIfDue = () => {
      if (told === rowsBefore) setTimeout(() => controller.abort(new Error('enough')), 1);
    };
    stopIfDue();
    const run = timeDevices(settings, {
      signal: controller.signal,
      tell: () => {
        told++;
        stopIfDue();
      },
    });
    const message = await run.then(
      () => '',
      (error) => (error as Error).message,
    );
    assert.is(message, 'enough');
    assert.ok(told < deviceChoices.length);
  }
});

test.run();
