/** @file Labelled points in the plane, their weights, and how a classifier divides it. */

import type { PlaneView } from '../problems/view.ts';
import { Key, Picture, type Surface, squareOf } from './canvas.tsx';

/** The picture: the shape of a point is its label, its size its weight, a ring marks a wrong label. */
export const Plane = ({ view }: { readonly view: PlaneView }) => (
  <Picture
    label="The training points and the classes that the model gives to the plane"
    aspect={1.25}
    of={[view]}
    draw={(surface) => draw(surface, view)}
  >
    <Key colour="blue">labelled 0</Key>{' '}
    <Key colour="orange" square>
      labelled 1
    </Key>{' '}
    The larger a point, the more it weighs; a ring marks a wrong label.
  </Picture>
);

/** The classes of the lattice, a pixel each: drawn larger, pixels run into one another. */
function fieldOf(field: Float32Array, side: number, colour: Surface['colour']): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d');
  if (!context) return canvas;
  field.forEach((share, i) => {
    context.globalAlpha = 0.32 * Math.abs(2 * share - 1);
    context.fillStyle = colour(share > 0.5 ? '--orange' : '--blue');
    context.fillRect(i % side, Math.floor(i / side), 1, 1);
  });
  return canvas;
}

function draw(surface: Surface, view: PlaneView): void {
  const { context, colour, width, height } = surface;
  const { field, side, extent, positions, labels, wrong, weights } = view;
  const { x, y, unit } = squareOf(surface, extent);
  context.clearRect(0, 0, width, height);
  const size = 2 * extent * unit;
  context.drawImage(fieldOf(field, side, colour), x(-extent), y(extent), size, size);
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
