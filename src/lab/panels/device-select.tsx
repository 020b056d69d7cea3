/** @file The choice of a device. */

import { counted } from '../counted.ts';
import { open, settings } from '../page/lab.ts';
import type { DeviceChoice } from '../session/devices.ts';

const names: Readonly<Record<string, string>> = {
  'gpujs:webgpu': 'WebGPU',
  'gpujs:webgl2': 'WebGL2',
  'gpujs:webgl': 'WebGL',
  'gpujs:cpu': 'JavaScript by gpu.js',
  simd: 'WebAssembly',
  reference: 'JavaScript in double precision',
};

/** A device in words. */
export const labelOf = ({ device, threads }: DeviceChoice): string =>
  device === 'simd' ? `${names.simd}, ${counted(threads, 'thread')}` : (names[device] ?? device);

/** A device in a word of its own. */
export const wordOf = ({ device, threads }: DeviceChoice): string => `${device} ${threads}`;

/** What the select offers. */
const offered: readonly DeviceChoice[] = [
  { device: 'simd', threads: 1 },
  { device: 'simd', threads: 2 },
  { device: 'simd', threads: 4 },
  { device: 'gpujs:webgpu', threads: 1 },
  { device: 'gpujs:webgl2', threads: 1 },
  { device: 'reference', threads: 1 },
];

/** The select; what it chooses opens the run anew. */
export const DeviceSelect = () => {
  const { device, threads } = settings.value;
  const now = { device, threads };
  const isOffered = offered.some((each) => wordOf(each) === wordOf(now));
  const choices = isOffered ? offered : [...offered, now];
  return (
    <label class="field device">
      <span>Run on</span>
      <select
        value={wordOf(now)}
        onChange={(event) => {
          const chosen = choices.find((each) => wordOf(each) === event.currentTarget.value);
          if (chosen) void open({ ...settings.value, iterations: null, ...chosen });
        }}
      >
        {choices.map((choice) => (
          <option key={wordOf(choice)} value={wordOf(choice)}>
            {labelOf(choice)}
          </option>
        ))}
      </select>
    </label>
  );
};
