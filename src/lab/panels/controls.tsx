/** @file Play, step, reset, speed, and the knobs of the problem. */

import { knobValue, presetSettings, whole } from '../address.ts';
import { counted } from '../counted.ts';
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

/** Whether there is a next outer step. */
const goesOn = () => snapshot.value?.settled === false;

/** The bar that stays in view. */
export const Transport = () => (
  <section class="controls" aria-label="Controls">
    <div class="transport">
      <button
        type="button"
        class="primary"
        disabled={!goesOn()}
        onClick={() => (playing.value ? pause() : void start())}
      >
        {playing.value ? 'Pause' : 'Play'}
      </button>
      <button type="button" disabled={!goesOn()} onClick={() => void step()}>
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
  const last = snapshot.value?.settled ? '; no later step changes a click' : '';
  const where = labelOf({ device, threads });
  return `${title}; ${inputs}, ${counted(steps, 'training step')}, on ${where}${first}${last}`;
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
    <NumberField
      label="Seed"
      min={0}
      value={settings.value.seed}
      set={(text) => change({ seed: whole('seed', text, 1) })}
    />
  </section>
);

const KnobField = ({ knob }: { readonly knob: Knob }) => {
  const set = (text: string) =>
    change({ knobs: { ...settings.value.knobs, [knob.name]: knobValue(knob, text) } });
  const value = settings.value.knobs[knob.name];
  if (knob.kind !== 'choice') {
    const { label, about, least, most } = knob;
    const step = knob.kind === 'whole' ? 1 : knob.step;
    return <NumberField {...{ label, about, value, step, set }} min={least} max={most} />;
  }
  return (
    <label class="field" title={knob.about}>
      <span>{knob.label}</span>
      <select value={value} onChange={(event) => set(event.currentTarget.value)}>
        {knob.choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    </label>
  );
};

interface NumberFieldProps {
  readonly label: string;
  readonly about?: string;
  readonly value: number | string;
  readonly min: number;
  readonly max?: number;
  readonly step?: number;
  /** Takes what was typed, and throws where it is refused: the field then has the value again. */
  readonly set: (text: string) => void;
}

const NumberField = ({ label, about, set, step = 1, ...field }: NumberFieldProps) => (
  <label class="field" title={about}>
    <span>{label}</span>
    <input
      type="number"
      step={step}
      {...field}
      onChange={({ currentTarget }) => {
        try {
          set(currentTarget.value);
        } catch (error) {
          currentTarget.value = String(field.value);
          report(error);
        }
      }}
    />
  </label>
);
