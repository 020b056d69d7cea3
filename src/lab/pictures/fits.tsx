/** @file Functions of one variable and the points that they are to meet. */

import type { CurvesView } from '../problems/view.ts';
import { dot, Key, Picture, type Surface } from './canvas.tsx';

const colours = ['--grey', '--orange', '--blue'];
const dashes = [[], [6, 4], []];

/** The picture: each curve by its name. */
export const Fits = ({ view }: { readonly view: CurvesView }) => (
  <Picture
    label={`Functions of one variable: ${view.curves.map(({ name }) => name).join(', ')}`}
    aspect={1.6}
    of={[view]}
    draw={(surface) => draw(surface, view)}
  >
    {view.curves.map(({ name }, i) => (
      <Key key={name} colour={colours[i].slice(2)}>
        {name}
      </Key>
    ))}
    <Key colour="purple">the points that the steps see</Key>
  </Picture>
);

function draw(surface: Surface, { x: places, curves, shots }: CurvesView): void {
  const { context, colour, width, height } = surface;
  const [left, right] = [places[0], places[places.length - 1]];
  let most = 0;
  for (const { y } of curves) for (const value of y) most = Math.max(most, Math.abs(value));
  most = 1.1 * Math.max(most, 1);
  const x = (place: number) => ((place - left) / (right - left)) * width;
  const y = (value: number) => height / 2 - (value / most) * (height / 2);
  context.clearRect(0, 0, width, height);
  context.strokeStyle = colour('--line');
  context.beginPath();
  context.moveTo(0, y(0));
  context.lineTo(width, y(0));
  context.stroke();
  curves.forEach(({ y: values }, i) => {
    context.strokeStyle = colour(colours[i]);
    context.setLineDash(dashes[i]);
    context.lineWidth = 2.5;
    context.beginPath();
    places.forEach((place, at) => {
      context.lineTo(x(place), y(values[at]));
    });
    context.stroke();
  });
  context.setLineDash([]);
  context.fillStyle = colour('--purple');
  for (let i = 0; i < shots.length; i += 2) dot(surface, x(shots[i]), y(shots[i + 1]), 4);
}
