/** @file Play, step, reset, speed, and the knobs of the problem. */

import { knobValue, presetSettings } from '../address.ts';
import {
  facts,
  history,
  keep,
  nextInnerStep,
  open,
  pause,
  playing,
  problem,
  report,
  reset,
  rest,
  settings,
  snapshot,
  start,
  step,
  trouble,
} from '../page/lab.ts';
import { Worded } from '../pictures/worded.tsx';
import type { Knob } from '../problems/problem.ts';
import { labProblems } from '../problems/registry.ts';
import { DeviceSelect, labelOf } from './device-select.tsx';
import { Range } from './range.tsx';

/** The bar that stays in view. */
export const Transport = () => (
  <section class="controls" aria-label="Controls">
    <div class="transport">
      <button
        type="button"
        class="primary"
        disabled={!snapshot.value}
        onClick={() => (playing.value ? pause() : void start())}
      >
        {playing.value ? 'Pause' : 'Play'}
      </button>
      <button type="button" disabled={!snapshot.value} onClick={() => void step()}>
        <span class="roomy">One outer step</span>
        <span class="tight">Step</span>
      </button>
      <button type="button" disabled={!snapshot.value} onClick={nextInnerStep}>
        <span class="roomy">One inner step</span>
        <span class="tight">Inner</span>
      </button>
      <button type="button" disabled={!facts.value} onClick={() => void reset()}>
        Reset
      </button>
      <button type="button" disabled={history.value.length < 2} onClick={keep}>
        <span class="roomy">Keep this run</span>
        <span class="tight">Keep</span>
      </button>
      <Range
        label="Rest between steps"
        range={[0, 2000, 100]}
        value={rest.value}
        spoken={`${rest.value / 1000} seconds`}
        look="roomy"
        onInput={(milliseconds) => {
          rest.value = milliseconds;
        }}
      />
      <p class="status" role="status">
        <Worded text={statusNow()} />
      </p>
    </div>
  </section>
);

function statusNow(): string {
  if (!facts.value) return trouble.value ? 'Nothing is open.' : 'Opening …';
  const { title, inputs, steps, device, threads } = facts.value;
  const first = snapshot.value || trouble.value ? '' : '; the first outer step is on its way …';
  return `${title}; ${inputs}, ${steps} training steps, on ${labelOf({ device, threads })}${first}`;
}

/** Opens the settings with some of them changed, from the start. */
const change = (changed: Partial<typeof settings.value>) =>
  void open({ ...settings.value, iterations: null, ...changed });

/** The problem and its knobs. */
export const Knobs = () => (
  <section class="knobs" aria-label="The problem">
    <label class="field">
      <span>Problem</span>
      <select
        value={problem.value.name}
        onChange={(event) => {
          const chosen = labProblems.find(({ name }) => name === event.currentTarget.value);
          const { device, threads } = settings.value;
          if (chosen) void open({ ...presetSettings(chosen), device, threads });
        }}
      >
        {labProblems.map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
    {problem.value.knobs.map((knob) => (
      <KnobField key={`${problem.value.name} ${knob.name}`} knob={knob} />
    ))}
    <DeviceSelect />
    <label class="field">
      <span>Seed</span>
      <input
        type="number"
        min={0}
        step={1}
        value={settings.value.seed}
        onChange={(event) =>
          change({ seed: Math.max(0, Math.floor(Number(event.currentTarget.value))) })
        }
      />
    </label>
  </section>
);

const KnobField = ({ knob }: { readonly knob: Knob }) => {
  const set = (text: string) => {
    try {
      change({ knobs: { ...settings.value.knobs, [knob.name]: knobValue(knob, text) } });
    } catch (error) {
      report(error);
    }
  };
  const value = settings.value.knobs[knob.name];
  return (
    <label class="field" title={knob.about}>
      <span>{knob.label}</span>
      {knob.kind === 'choice' ? (
        <select value={value} onChange={(event) => set(event.currentTarget.value)}>
          {knob.choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : (
        <input
          type="number"
          min={knob.least}
          max={knob.most}
          step={knob.step}
          value={value}
          onChange={(event) => set(event.currentTarget.value)}
        />
      )}
    </label>
  );
};
