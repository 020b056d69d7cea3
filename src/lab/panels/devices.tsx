/** @file Devices: how long an outer iteration takes on each, and where this run computes. */

import { useSignal } from '@preact/signals';
import { calls, deviceRows, pause, report, settings, snapshot, stop } from '../page/lab.ts';
import type { DeviceRow } from '../session/devices.ts';
import { labelOf, wordOf } from './device-select.tsx';
import { Panel } from './panel.tsx';

/** The panel. */
export const Devices = () => {
  const running = useSignal(false);
  const run = async () => {
    pause();
    deviceRows.value = [];
    running.value = true;
    try {
      await calls.devices(settings.value);
    } catch (error) {
      report(error);
    }
    running.value = false;
  };
  const rows = deviceRows.value;
  return (
    <Panel
      name="devices"
      title="Where it is computed"
      about="The same run on the graphics card, on processor cores by WebAssembly, and in plain JavaScript. All give the same numbers up to rounding; times are those of one outer step."
    >
      <button
        type="button"
        disabled={!snapshot.value}
        onClick={() => (running.value ? stop() : void run())}
      >
        {running.value ? 'Stop' : 'Time them all'}
      </button>
      {(rows.length > 0 || running.value) && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Table of devices">
          <table>
            <thead>
              <tr>
                <th scope="col">device</th>
                <th scope="col">ms</th>
                <th scope="col">first, with compiling</th>
                <th scope="col">objective</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={wordOf(row)} row={row} />
              ))}
            </tbody>
          </table>
          {running.value && (
            <p class="about" role="status">
              Running … A device without hardware behind it may take minutes.
            </p>
          )}
        </div>
      )}
    </Panel>
  );
};

const Row = ({ row }: { readonly row: DeviceRow }) => (
  <tr>
    <th scope="row">{labelOf(row)}</th>
    {'reason' in row ? (
      <td colSpan={3} class="text">
        not here: {row.reason}
      </td>
    ) : (
      <>
        <td>{row.milliseconds.toFixed(0)}</td>
        <td>{row.firstMilliseconds.toFixed(0)}</td>
        <td>{row.value.toPrecision(8)}</td>
      </>
    )}
  </tr>
);
