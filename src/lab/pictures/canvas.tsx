/** @file A canvas as wide as its place, in the colours of the page, drawn again when it must be. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { canvasPicture, Save } from './saving.tsx';
import { useDark } from './scheme.ts';

/** What drawing gets: the context in CSS pixels, the size, and the colours by custom property. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  colour(property: string): string;
}

interface PictureProps {
  readonly label: string;
  /** Width over height. */
  readonly aspect: number;
  readonly draw: (surface: Surface) => void;
  /** What the picture depends on. */
  readonly of: readonly unknown[];
  readonly onPointer?: (place: { readonly x: number; readonly y: number } | null) => void;
  /** What its colours and forms mean. */
  readonly children: ComponentChildren;
}

/** The picture and its legend; pointers are told in CSS pixels from its corner. */
export const Picture = ({ label, aspect, draw, of, onPointer, children }: PictureProps) => {
  const dark = useDark();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const paint = () => {
      const context = element.getContext('2d');
      const [width, height] = [element.clientWidth, element.clientWidth / aspect];
      if (!context || width === 0) return;
      const ratio = window.devicePixelRatio;
      element.width = Math.round(width * ratio);
      element.height = Math.round(height * ratio);
      context.scale(ratio, ratio);
      const style = getComputedStyle(element);
      const colour = (property: string) => style.getPropertyValue(property).trim();
      draw({ context, width, height, colour });
    };
    paint();
    const observer = new ResizeObserver(paint);
    observer.observe(element);
    return () => observer.disconnect();
  }, [...of, dark]);
  return (
    <div class="figure">
      <canvas
        ref={canvas}
        class="picture"
        style={{ aspectRatio: aspect }}
        role="img"
        aria-label={label}
        onPointerMove={(event) => onPointer?.({ x: event.offsetX, y: event.offsetY })}
        onPointerLeave={() => onPointer?.(null)}
      />
      <div class="under">
        <p class="legend">{children}</p>
        <Save picture={canvasPicture(label, canvas)} />
      </div>
    </div>
  );
};

/** A colour of the page with what it means. */
export const Key = (props: {
  readonly colour: string;
  readonly square?: boolean;
  readonly children: ComponentChildren;
}) => (
  <span class="entry">
    <span class={`key ${props.colour} ${props.square ? 'square' : ''}`} />
    {props.children}
  </span>
);

/** Maps the square from -extent to extent onto the middle of a surface, y upwards. */
export function squareOf({ width, height }: Surface, extent: number) {
  const unit = Math.min(width, height) / (2 * extent);
  return {
    unit,
    x: (x: number) => width / 2 + x * unit,
    y: (y: number) => height / 2 - y * unit,
  };
}

/** A filled dot. */
export function dot({ context }: Surface, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** An arrow by a distance. */
export function arrow(
  { context }: Surface,
  from: { readonly x: number; readonly y: number },
  by: { readonly x: number; readonly y: number },
): void {
  const [x, y] = [from.x + by.x, from.y + by.y];
  const turn = Math.atan2(by.y, by.x);
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(x, y);
  for (const side of [2.6, -2.6]) {
    context.moveTo(x, y);
    context.lineTo(x + 4 * Math.cos(turn + side), y + 4 * Math.sin(turn + side));
  }
  context.stroke();
}
