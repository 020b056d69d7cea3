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
  reset,
  rest,
  settings,
  snapshot,
  start,
  step,
} from '../page/lab.ts';
import type { Knob } from '../problems/problem.ts';
import { labProblems } from '../problems/registry.ts';
import { DeviceSelect } from './device-select.tsx';

/** The bar of controls. */
export const Controls = () => (
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
        One outer step
      </button>
      <button type="button" disabled={!snapshot.value} onClick={nextInnerStep}>
        One inner step
      </button>
      <button type="button" disabled={!facts.value} onClick={() => void reset()}>
        Reset
      </button>
      <button type="button" disabled={history.value.length < 2} onClick={keep}>
        Keep this run
      </button>
      <label class="field">
        <span>Rest between steps</span>
        <input
          type="range"
          min={0}
          max={2000}
          step={100}
          value={rest.value}
          onInput={(event) => {
            rest.value = Number(event.currentTarget.value);
          }}
        />
      </label>
    </div>
    <div class="knobs">
      <label class="field">
        <span>Problem</span>
        <select
          value={problem.value.name}
          onChange={(event) => {
            const chosen = labProblems.find(({ name }) => name === event.currentTarget.value);
            if (chosen) void open(presetSettings(chosen), true);
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
        <KnobField key={knob.name} knob={knob} />
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
            void open(
              {
                ...settings.value,
                seed: Math.max(0, Math.floor(Number(event.currentTarget.value))),
              },
              true,
            )
          }
        />
      </label>
    </div>
    <p class="status" role="status">
      {facts.value
        ? `${facts.value.title}; ${facts.value.inputs}, ${facts.value.steps} inner steps, on ${facts.value.device}`
        : 'Opening …'}
    </p>
  </section>
);

const KnobField = ({ knob }: { readonly knob: Knob }) => {
  const set = (text: string) =>
    void open(
      { ...settings.value, knobs: { ...settings.value.knobs, [knob.name]: knobValue(knob, text) } },
      true,
    );
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
