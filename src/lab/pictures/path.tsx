/** @file The path of descent in a valley. */

import type { PathView } from '../problems/view.ts';
import { dot, Key, Picture, type Surface, squareOf } from './canvas.tsx';

/** The picture: ellipses of equal height, and a dot a step, as far as `upTo`. */
export const Path = ({ view, upTo }: { readonly view: PathView; readonly upTo: number }) => (
  <Picture
    label={`The way of the ball over ${upTo} steps`}
    aspect={1.7}
    of={[view, upTo]}
    draw={(surface) => draw(surface, view, upTo)}
  >
    <Key colour="blue">the steps of the ball</Key> <Key colour="purple">the lowest place</Key> A
    ring is a line of equal height.
  </Picture>
);

function draw(surface: Surface, { path, curvatures, extent }: PathView, upTo: number): void {
  const { context, colour, width, height } = surface;
  const { x, y, unit } = squareOf(surface, extent);
  context.clearRect(0, 0, width, height);
  context.strokeStyle = colour('--line');
  context.lineWidth = 1;
  for (let ring = 1; ring <= 10; ring++) {
    const size = (0.6 * ring) ** 2;
    context.beginPath();
    context.ellipse(
      x(0),
      y(0),
      unit * Math.sqrt(size / curvatures[0]),
      unit * Math.sqrt(size / curvatures[1]),
      0,
      0,
      2 * Math.PI,
    );
    context.stroke();
  }
  context.strokeStyle = colour('--blue');
  context.fillStyle = colour('--blue');
  context.lineWidth = 2;
  context.beginPath();
  for (let t = 0; t <= upTo; t++) context.lineTo(x(path[2 * t]), y(path[2 * t + 1]));
  context.stroke();
  for (let t = 0; t <= upTo; t++)
    dot(surface, x(path[2 * t]), y(path[2 * t + 1]), t === upTo ? 5 : 3);
  context.fillStyle = colour('--purple');
  dot(surface, x(0), y(0), 4);
}
