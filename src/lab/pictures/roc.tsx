/** @file The ROC curve of a detector. */

import type { Detected } from '../session/defend.ts';
import { dot, Key, Picture, type Surface } from './canvas.tsx';

interface Props {
  readonly detected: Detected;
  /** The point of the curve that the threshold is at. */
  readonly point: number;
  /** The point at which a user that is brought out is flagged first; -1 for none. */
  readonly marked: number;
}

/** The picture. */
export const Roc = (props: Props) => (
  <Picture
    label={`ROC curve of ${props.detected.detector}: area ${props.detected.auc.toFixed(3)}`}
    aspect={1.5}
    of={[props.detected, props.point, props.marked]}
    draw={(surface) => draw(surface, props)}
  >
    <Key colour="orange">at the threshold</Key> The further the curve is above the dashed line, the
    better the detector tells fake users from genuine ones. On the line it guesses; below it does
    worse than that.
  </Picture>
);

function draw(surface: Surface, { detected: found, point, marked }: Props): void {
  const { detected, falseAlarms } = found;
  const { context, colour, width, height } = surface;
  const margin = 24;
  const x = (share: number) => margin + share * (width - 2 * margin);
  const y = (share: number) => height - margin - share * (height - 2 * margin);
  context.clearRect(0, 0, width, height);
  context.strokeStyle = colour('--line');
  context.lineWidth = 1;
  context.strokeRect(x(0), y(1), x(1) - x(0), y(0) - y(1));
  context.setLineDash([4, 4]);
  context.strokeStyle = colour('--edge');
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x(0), y(0));
  context.lineTo(x(1), y(1));
  context.stroke();
  context.setLineDash([]);
  context.strokeStyle = colour('--blue');
  context.lineWidth = 2.5;
  context.beginPath();
  for (let i = 0; i < detected.length; i++) context.lineTo(x(falseAlarms[i]), y(detected[i]));
  context.stroke();
  context.fillStyle = colour('--orange');
  dot(surface, x(falseAlarms[point]), y(detected[point]), 6);
  context.fillStyle = colour('--text');
  if (marked >= 0) dot(surface, x(falseAlarms[marked]), y(detected[marked]), 4);
  context.fillStyle = colour('--text-soft');
  context.font = '12px system-ui, sans-serif';
  context.textAlign = 'center';
  context.fillText('share of genuine users flagged', width / 2, height - 6);
  context.save();
  context.translate(12, height / 2);
  context.rotate(-Math.PI / 2);
  context.fillText('share of fake users flagged', 0, 0);
  context.restore();
}
