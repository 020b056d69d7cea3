/** @file A number that is chosen by sliding. */

import type { ComponentChildren } from 'preact';

interface Props {
  /** What the number is, and its value where that is worth seeing. */
  readonly label: ComponentChildren;
  /** The least, the most and the step between two values, 1 if it is left out. */
  readonly range: readonly [number, number, number?];
  readonly value: number;
  /** The value as assistive tools say it, where its digits alone would not do. */
  readonly spoken?: string;
  /** Classes of the field, which is as wide as its place if there are none. */
  readonly look?: string;
  /** Called while the number is pulled. */
  readonly onInput?: (value: number) => void;
  /** Called when it is let go. */
  readonly onChange?: (value: number) => void;
}

/** The label with its slider. */
export const Range = ({ label, range, value, spoken, look = 'wide-field', ...on }: Props) => {
  const [least, most, step] = range;
  return (
    <label class={`field ${look}`}>
      <span>{label}</span>
      <input
        type="range"
        min={least}
        max={most}
        step={step}
        value={value}
        aria-valuetext={spoken}
        onInput={(event) => on.onInput?.(Number(event.currentTarget.value))}
        onChange={(event) => on.onChange?.(Number(event.currentTarget.value))}
      />
    </label>
  );
};
