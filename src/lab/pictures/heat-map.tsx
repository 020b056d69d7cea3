/** @file A matrix as a picture, a pixel a cell or more, that answers to pointer and keyboard. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { canvasPicture, Save } from './saving.tsx';
import { useDark } from './scheme.ts';

/** Red, green and blue, each 0 to 255. */
export type Colour = readonly [number, number, number];

/** What a heat map is given. */
export interface HeatMapProps {
  readonly label: string;
  readonly rows: number;
  readonly columns: number;
  /** Red, green, blue of a cell, each 0 to 255, on a page that is dark or not. */
  readonly colour: (cell: number, dark: boolean) => Colour;
  /** What the colours depend on: the picture is drawn again when it changes. */
  readonly of: unknown;
  readonly onHover?: (cell: number | null) => void;
  readonly onPick?: (cell: number) => void;
  /** A row to bring out, or null. */
  readonly row?: number | null;
  /** A cell in words, for assistive tools. */
  readonly describe: (cell: number) => string;
}

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The picture. Arrow keys move a mark from cell to cell, Enter picks. */
export const HeatMap = (props: HeatMapProps) => {
  const { rows, columns, row, onHover, onPick } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cell, setCell] = useState<number | null>(null);
  const dark = useDark();
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const image = context.createImageData(columns, rows);
    for (let i = 0; i < rows * columns; i++) {
      const [red, green, blue] = props.colour(i, dark);
      image.data.set([red, green, blue, 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
  }, [props.of, rows, columns, dark]);
  const move = (next: number | null) => {
    setCell(next);
    onHover?.(next);
  };
  const cellAt = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const down = Math.floor(((event.clientY - box.top) / box.height) * rows);
    const inside = down >= 0 && down < rows && column >= 0 && column < columns;
    return inside ? down * columns + column : null;
  };
  const onKey = (event: KeyboardEvent) => {
    const arrow = arrows[event.key];
    if (arrow) {
      event.preventDefault();
      const at = cell ?? 0;
      const down = Math.min(rows - 1, Math.max(0, Math.floor(at / columns) + arrow[0]));
      const across = Math.min(columns - 1, Math.max(0, (at % columns) + arrow[1]));
      move(down * columns + across);
    }
    if ((event.key === 'Enter' || event.key === ' ') && cell !== null) {
      event.preventDefault();
      onPick?.(cell);
    }
  };
  return (
    <div class="heat-map">
      <div
        class="heat-map-face"
        role="application"
        tabIndex={0}
        aria-label={`${props.label}: ${rows} rows, ${columns} columns; arrow keys move${onPick ? ', Enter picks' : ''}`}
        onPointerMove={(event) => move(cellAt(event))}
        onPointerLeave={() => move(null)}
        onClick={(event) => {
          const at = cellAt(event);
          if (at !== null) onPick?.(at);
        }}
        onKeyDown={onKey}
      >
        <canvas ref={canvas} width={columns} height={rows} />
        {typeof row === 'number' && row < rows && (
          <span
            class="mark row"
            style={{ left: 0, right: 0, top: `${(100 * row) / rows}%`, height: `${100 / rows}%` }}
          />
        )}
        {cell !== null && (
          <span
            class="mark"
            style={{
              left: `${(100 * (cell % columns)) / columns}%`,
              top: `${(100 * Math.floor(cell / columns)) / rows}%`,
              width: `${100 / columns}%`,
              height: `${100 / rows}%`,
            }}
          />
        )}
      </div>
      <div class="under">
        <p class="readout" role="status">
          {cell === null ? '\u00a0' : props.describe(cell)}
        </p>
        <Save picture={canvasPicture(props.label, canvas)} />
      </div>
    </div>
  );
};

/** Blue, 0 and orange: safe for those who tell no red from green. */
const onLight: readonly Colour[] = [
  [33, 102, 172],
  [255, 255, 255],
  [200, 85, 0],
];
const onDark: readonly Colour[] = [
  [108, 180, 240],
  [20, 23, 26],
  [240, 160, 75],
];

/** Whether something is there, in a colour that judges nothing. */
export function inked(isThere: boolean, dark: boolean): Colour {
  if (!isThere) return (dark ? onDark : onLight)[1];
  return dark ? [169, 176, 183] : [86, 92, 99];
}

/** Blue below 0, orange above, the colour of the ground at 0. */
export function diverging(x: number, dark: boolean): Colour {
  const [below, ground, above] = dark ? onDark : onLight;
  // Small numbers are to be seen, for which a dark ground needs more.
  const t = Math.min(1, Math.abs(x)) ** (dark ? 0.45 : 0.6);
  const end = x < 0 ? below : above;
  const mix = (channel: number) =>
    Math.round(ground[channel] + (end[channel] - ground[channel]) * t);
  return [mix(0), mix(1), mix(2)];
}
