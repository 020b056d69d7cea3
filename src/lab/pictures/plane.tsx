/** @file Labelled points in the plane, their weights, and how a classifier divides it. */

import type { PlaneView } from '../problems/view.ts';
import { Picture, type Surface, squareOf } from './canvas.tsx';

/** The picture: the shape of a point is its label, its size its weight, a ring marks a wrong label. */
export const Plane = ({ view }: { readonly view: PlaneView }) => (
  <>
    <Picture
      label="The training points and the classes that the model gives to the plane"
      aspect={1.25}
      of={[view]}
      draw={(surface) => draw(surface, view)}
    />
    <p class="legend">
      <span class="key blue" /> labelled 0 <span class="key orange square" /> labelled 1; the larger
      the point, the more it weighs; a ring marks a wrong label
    </p>
  </>
);

function draw(surface: Surface, view: PlaneView): void {
  const { context, colour, width, height } = surface;
  const { field, side, extent, positions, labels, wrong, weights } = view;
  const { x, y, unit } = squareOf(surface, extent);
  context.clearRect(0, 0, width, height);
  const cell = (2 * extent * unit) / side;
  for (let i = 0; i < side * side; i++) {
    const share = field[i];
    context.globalAlpha = 0.32 * Math.abs(2 * share - 1);
    context.fillStyle = colour(share > 0.5 ? '--orange' : '--blue');
    const [column, row] = [i % side, Math.floor(i / side)];
    // Whole pixels, so that no seam shows between two cells.
    const [left, right] = [column, column + 1].map((at) => Math.round(x(-extent) + at * cell));
    const [top, bottom] = [row, row + 1].map((at) => Math.round(y(extent) + at * cell));
    context.fillRect(left, top, right - left, bottom - top);
  }
  context.globalAlpha = 1;
  for (let i = 0; i < labels.length; i++) {
    const [cx, cy] = [x(positions[2 * i]), y(positions[2 * i + 1])];
    const radius = 1.5 + 5 * weights[i];
    context.fillStyle = colour(labels[i] ? '--orange' : '--blue');
    context.strokeStyle = colour('--card');
    context.lineWidth = 1;
    context.beginPath();
    if (labels[i]) context.rect(cx - radius, cy - radius, 2 * radius, 2 * radius);
    else context.arc(cx, cy, radius, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
    if (!wrong[i]) continue;
    context.strokeStyle = colour('--text');
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(cx, cy, radius + 4, 0, 2 * Math.PI);
    context.stroke();
  }
}
