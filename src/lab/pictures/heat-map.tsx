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
  /** Whether cells can be made larger, in a window that scrolls. */
  readonly zooms?: boolean;
}

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The cell that pointer or keys are at; with its keys, and what marks it. */
function useMarked(props: HeatMapProps) {
  const { rows, columns, onHover, onPick } = props;
  const [cell, setCell] = useState<number | null>(null);
  const mark = useRef<HTMLSpanElement>(null);
  const byKey = useRef<number | null>(null);
  const pointer = useRef([Number.NaN, Number.NaN]);
  // A pointer is where its cell is; a mark that keys move may leave the window.
  useEffect(() => {
    if (cell !== byKey.current) return;
    mark.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [cell]);
  const move = (next: number | null) => {
    setCell(next);
    onHover?.(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const arrow = arrows[event.key];
    if (arrow) {
      event.preventDefault();
      const at = cell ?? 0;
      const down = Math.min(rows - 1, Math.max(0, Math.floor(at / columns) + arrow[0]));
      const across = Math.min(columns - 1, Math.max(0, (at % columns) + arrow[1]));
      byKey.current = down * columns + across;
      move(byKey.current);
    }
    if ((event.key === 'Enter' || event.key === ' ') && cell !== null) {
      event.preventDefault();
      onPick?.(cell);
    }
  };
  // Where keys scroll, the picture moves below a pointer that rests.
  const onPointerMove = (event: PointerEvent) => {
    const [x, y] = pointer.current;
    pointer.current = [event.clientX, event.clientY];
    if (event.clientX === x && event.clientY === y) return;
    byKey.current = null;
    move(cellAt(event, props));
  };
  const onPointerLeave = () => {
    if (cell !== byKey.current) move(null);
  };
  return { cell, mark, onKeyDown, onPointerMove, onPointerLeave };
}

/** The cell under a pointer, if one is. */
function cellAt(event: MouseEvent, { rows, columns }: HeatMapProps): number | null {
  const box = (event.currentTarget as Element).getBoundingClientRect();
  const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
  const down = Math.floor(((event.clientY - box.top) / box.height) * rows);
  const inside = down >= 0 && down < rows && column >= 0 && column < columns;
  return inside ? down * columns + column : null;
}

/** The picture. Arrow keys move a mark from cell to cell, Enter picks. */
export const HeatMap = (props: HeatMapProps) => {
  const { rows, columns, row, onPick } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [zoom, setZoom] = useState(1);
  const { cell, mark, ...on } = useMarked(props);
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
  const size = `${100 * zoom}%`;
  return (
    <div class="heat-map">
      <div class="heat-map-window">
        <div
          class="heat-map-face"
          role="application"
          tabIndex={0}
          aria-label={`${props.label}: ${rows} rows, ${columns} columns; arrow keys move${onPick ? ', Enter picks' : ''}`}
          style={{ width: size, height: size }}
          onClick={(event) => {
            const at = cellAt(event, props);
            if (at !== null) onPick?.(at);
          }}
          {...on}
        >
          <canvas ref={canvas} width={columns} height={rows} />
          {typeof row === 'number' && row < rows && (
            <span class="mark row" style={{ left: 0, right: 0, ...extent('top', row, rows) }} />
          )}
          {cell !== null && (
            <span
              ref={mark}
              class="mark"
              style={{
                ...extent('left', cell % columns, columns),
                ...extent('top', Math.floor(cell / columns), rows),
              }}
            />
          )}
        </div>
      </div>
      <div class="under">
        <p class="readout" role="status">
          {cell === null ? '\u00a0' : props.describe(cell)}
        </p>
        <span class="tools">
          {props.zooms && <Zoom label={props.label} zoom={zoom} onZoom={setZoom} />}
          <Save picture={canvasPicture(props.label, canvas)} />
        </span>
      </div>
    </div>
  );
};

/** Where one of `count` equal parts begins, and how long it is. */
const extent = (from: 'left' | 'top', at: number, count: number) => ({
  [from]: `${(100 * at) / count}%`,
  [from === 'left' ? 'width' : 'height']: `${100 / count}%`,
});

interface ZoomProps {
  readonly label: string;
  readonly zoom: number;
  readonly onZoom: (zoom: number) => void;
}

/** How many times as large as in the whole picture cells are at most. */
const largest = 8;

const Zoom = ({ label, zoom, onZoom }: ZoomProps) => (
  <>
    <button
      type="button"
      class="zoom"
      aria-label={`Smaller cells: ${label}`}
      disabled={zoom === 1}
      onClick={() => onZoom(zoom / 2)}
    >
      −
    </button>
    <button
      type="button"
      class="zoom"
      aria-label={`Larger cells: ${label}`}
      disabled={zoom === largest}
      onClick={() => onZoom(2 * zoom)}
    >
      +
    </button>
  </>
);

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
