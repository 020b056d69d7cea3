/** @file Devices: how long an outer iteration takes on each, and where this run computes. */

import { useSignal, useSignalEffect } from '@preact/signals';
import { type Bench, startBench } from '../page/bench.ts';
import { facts, pause, report, settings, snapshot } from '../page/lab.ts';
import type { DeviceRow } from '../session/devices.ts';
import { labelOf, wordOf } from './device-select.tsx';
import { Panel } from './panel.tsx';

/** The panel. */
export const Devices = () => {
  const timed = useSignal<readonly DeviceRow[]>([]);
  const timer = useSignal<Bench | null>(null);
  const running = timer.value !== null;
  // Another run is timed anew.
  useSignalEffect(() => {
    if (facts.value) return;
    timer.peek()?.end();
    timed.value = [];
  });
  const run = async () => {
    pause();
    timed.value = [];
    // A worker of its own can be ended while it waits for a GPU.
    const bench = startBench({
      onNews: (_, news) => {
        timed.value = [...timed.value, news as DeviceRow];
      },
      onFailure: () => report(new Error('the worker that times devices has failed')),
    });
    timer.value = bench;
    try {
      await bench.calls.devices(settings.value);
    } catch (error) {
      report(error);
    }
    bench.end();
    timer.value = null;
  };
  const rows = timed.value;
  return (
    <Panel
      name="devices"
      title="Where it is computed"
      about="The same run on the graphics card, on processor cores by WebAssembly, and in plain JavaScript. All give the same numbers up to rounding; times are those of one outer step."
    >
      <button
        type="button"
        disabled={!snapshot.value}
        onClick={() => (timer.value ? timer.value.end() : void run())}
      >
        {running ? 'Stop' : 'Time them all'}
      </button>
      {(rows.length > 0 || running) && (
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
          {running && (
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
