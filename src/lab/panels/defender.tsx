/** @file The defender: how suspicious detectors find the fake users, and training without them. */

import { useSignal, useSignalEffect } from '@preact/signals';
import { calls, detector, facts, folded, pause, report, snapshot } from '../page/lab.ts';
import { Picture, type Surface } from '../pictures/canvas.tsx';
import type { Detected, Retrained } from '../session/defend.ts';
import { Panel } from './panel.tsx';

/** The panel; problems that are no attacks have none. */
export const Defender = () => {
  const names = useSignal<readonly string[]>([]);
  const found = useSignal<Detected | null>(null);
  const retrained = useSignal<Retrained | null>(null);
  const place = useSignal(0.05);
  const training = useSignal(false);
  useSignalEffect(() => {
    const [now, name] = [snapshot.value, detector.value];
    if (now?.facts.problem !== 'attack' || folded.value.includes('defender')) return;
    retrained.value = null;
    if (names.peek().length === 0) {
      calls.detectorNames().then((all) => {
        names.value = all;
      }, report);
    }
    calls.detect(name).then((scores) => {
      found.value = scores;
    }, report);
  });
  if (facts.value?.problem !== 'attack') return null;
  const detected = found.value;
  const point = detected ? pointAt(detected, place.value) : 0;
  const flagged = detected ? flaggedAt(detected, point) : { fakes: 0, genuine: 0 };
  const retrain = async () => {
    pause();
    training.value = true;
    try {
      retrained.value = await calls.retrainWithout(detector.value, flagged.fakes + flagged.genuine);
    } catch (error) {
      report(error);
    }
    training.value = false;
  };
  return (
    <Panel
      name="defender"
      title="The defender's side"
      about="A detector gives each user a score. Flagging all above a threshold catches fake users, and some genuine ones."
    >
      <label class="field">
        <span>Detector</span>
        <select
          value={detector.value}
          onChange={(event) => {
            detector.value = event.currentTarget.value;
          }}
        >
          {(names.value.length > 0 ? names.value : [detector.value]).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {detected && (
        <>
          <p class="about">{detected.about}</p>
          <Picture
            label={`ROC curve of ${detected.detector}: area ${detected.auc.toFixed(3)}`}
            aspect={1.5}
            of={[detected, point]}
            draw={(surface) => drawRoc(surface, detected, point)}
          />
          <label class="field wide-field">
            <span>
              Flag {flagged.fakes} of {detected.scores.length - detected.users} fake and{' '}
              {flagged.genuine} of {detected.users} genuine users; area under the curve{' '}
              {detected.auc.toFixed(3)}
            </span>
            <input
              type="range"
              min={0}
              max={1}
              step={0.005}
              value={place.value}
              onInput={(event) => {
                place.value = Number(event.currentTarget.value);
                retrained.value = null;
              }}
            />
          </label>
          <button type="button" disabled={training.value} onClick={() => void retrain()}>
            {training.value ? 'Training …' : 'Retrain without them'}
          </button>
          {retrained.value && <Gain retrained={retrained.value} />}
        </>
      )}
    </Panel>
  );
};

const Gain = ({ retrained: { attacked, defended } }: { readonly retrained: Retrained }) => (
  <dl class="figures">
    <div>
      <dt>hits of the target</dt>
      <dd>
        {attacked.targetHitRate.toFixed(3)} → {defended.targetHitRate.toFixed(3)}
      </dd>
    </div>
    <div>
      <dt>hits of test items</dt>
      <dd>
        {attacked.hitRate.toFixed(3)} → {defended.hitRate.toFixed(3)}
      </dd>
    </div>
  </dl>
);

/** The last point of the curve with no more false alarms than a share of the genuine users. */
function pointAt({ falseAlarms }: Detected, share: number): number {
  let point = 0;
  while (point + 1 < falseAlarms.length && falseAlarms[point + 1] <= share) point++;
  return point;
}

const flaggedAt = ({ detected, falseAlarms, scores, users }: Detected, point: number) => ({
  fakes: Math.round(detected[point] * (scores.length - users)),
  genuine: Math.round(falseAlarms[point] * users),
});

function drawRoc(surface: Surface, { detected, falseAlarms }: Detected, point: number): void {
  const { context, colour, width, height } = surface;
  const margin = 24;
  const x = (share: number) => margin + share * (width - 2 * margin);
  const y = (share: number) => height - margin - share * (height - 2 * margin);
  context.clearRect(0, 0, width, height);
  context.strokeStyle = colour('--line');
  context.lineWidth = 1;
  context.strokeRect(x(0), y(1), x(1) - x(0), y(0) - y(1));
  context.setLineDash([4, 4]);
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
  context.beginPath();
  context.arc(x(falseAlarms[point]), y(detected[point]), 6, 0, 2 * Math.PI);
  context.fill();
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
