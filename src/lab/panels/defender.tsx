/** @file The defender: how suspicious detectors find the fake users, and training without them. */

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { detectorNames } from '../address.ts';
import { useAnswer } from '../page/answer.ts';
import {
  calls,
  detector,
  type Focus,
  facts,
  focus,
  folded,
  OfThisStep,
  pause,
  report,
  snapshot,
} from '../page/lab.ts';
import { Roc } from '../pictures/roc.tsx';
import { Suspicion, userOf } from '../pictures/suspicion.tsx';
import { Worded } from '../pictures/worded.tsx';
import type { Facts } from '../problems/problem.ts';
import type { Detected, Retrained } from '../session/defend.ts';
import { Panel } from './panel.tsx';
import { Range } from './range.tsx';

/** The panel; problems that are no attacks have none. */
export const Defender = () => {
  const found = useAnswer(calls.detect, () =>
    snapshot.value?.facts.problem === 'attack' && !folded.value.includes('defender')
      ? detector.value
      : null,
  );
  const retrained = useMemo(() => new OfThisStep<{ of: string; gain: Retrained }>(), []);
  const place = useSignal(0.05);
  const training = useSignal(false);
  if (facts.value?.problem !== 'attack') return null;
  const detected = found.value?.answer;
  const point = detected ? pointAt(detected, place.value) : 0;
  const flagged = detected ? flaggedAt(detected, point) : { fakes: 0, genuine: 0 };
  const count = flagged.fakes + flagged.genuine;
  const isEveryone = count === detected?.scores.length;
  const of = `${count} by ${detected?.detector}`;
  const retrain = async ({ detector: name }: Detected) => {
    pause();
    training.value = true;
    try {
      retrained.value = { of, gain: await calls.retrainWithout(name, count) };
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
          {detectorNames.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {detected && (
        <>
          <p class="about sentence">{detected.about}.</p>
          <Scores detected={detected} point={point} flagged={count} />
          <Range
            label={<Worded text={flagLabel(detected, flagged)} />}
            range={[0, 1, 0.005]}
            value={place.value}
            onInput={(share) => {
              place.value = share;
            }}
          />
          <button
            type="button"
            disabled={training.value || isEveryone}
            onClick={() => void retrain(detected)}
          >
            {training.value ? 'Training …' : 'Retrain without them'}
          </button>
          {isEveryone && <p class="about">Everyone is flagged: nobody is left to train on.</p>}
          {retrained.value?.of === of && (
            <Gain retrained={retrained.value.gain} figures={facts.value.figures} />
          )}
        </>
      )}
    </Panel>
  );
};

interface ScoresProps {
  readonly detected: Detected;
  readonly point: number;
  readonly flagged: number;
}

/** The curve, and every user in the order of suspicion. */
const Scores = ({ detected, point, flagged }: ScoresProps) => (
  <>
    <Roc detected={detected} point={point} marked={pointOf(detected, focus.value)} />
    <Suspicion
      detected={detected}
      flagged={flagged}
      focus={focus.value}
      onFocus={(next) => {
        focus.value = next;
      }}
    />
    <p class="readout" role="status">
      {describeFocus(detected, point)}
    </p>
  </>
);

interface GainProps {
  readonly retrained: Retrained;
  /** The figures of the run, which are those of a victim here. */
  readonly figures: Facts['figures'];
}

/** Both rates, before and after. */
const Gain = ({ retrained: { attacked, defended }, figures }: GainProps) => {
  const changes = [
    [attacked.targetHitRate, defended.targetHitRate],
    [attacked.hitRate, defended.hitRate],
  ];
  return (
    <>
      <dl class="figures">
        {changes.map(([before, after], i) => (
          <div key={figures[i].name}>
            <dt>
              <Worded text={`${figures[i].label}, of a victim`} />
            </dt>
            <dd>
              {before.toFixed(3)} → {after.toFixed(3)}
            </dd>
          </div>
        ))}
      </dl>
      <p class="about">
        A victim is the recommender trained anew on real and fake users. The curves have rates of
        the same names that are others: of the recommender which the attack is learned through.
      </p>
      {defended.targetHitRate >= attacked.targetHitRate && (
        <p class="about">
          The target is recommended as much as before or more: those who were flagged did not carry
          the attack.
        </p>
      )}
    </>
  );
};

/** How many are flagged, and how good the detector is at that. */
function flagLabel(
  { scores, users, auc }: Detected,
  { fakes, genuine }: ReturnType<typeof flaggedAt>,
): string {
  const verdict = auc < 0.5 ? ': worse than guessing' : '';
  return (
    `Flag ${fakes} of ${scores.length - users} fake and ${genuine} of ${users} genuine users; ` +
    `area under the curve ${auc.toFixed(3)}${verdict}`
  );
}

/** The last point of the curve with no more false alarms than a share of the genuine users. */
function pointAt({ falseAlarms }: Detected, share: number): number {
  let point = 0;
  while (point + 1 < falseAlarms.length && falseAlarms[point + 1] <= share) point++;
  return point;
}

/** The point of the curve at which a user is flagged first; -1 where there is none to show. */
function pointOf(detected: Detected, of: Focus): number {
  const user = userOf(of, detected);
  return user < 0 ? -1 : detected.thresholds.findIndex((least) => least <= detected.scores[user]);
}

function describeFocus(detected: Detected, point: number): string {
  const of = focus.value;
  const user = userOf(of, detected);
  if (!of || user < 0) return 'Point at a user here, in the clicks or in the latent space.';
  const name = `${of.kind === 'fake' ? 'fake' : 'genuine'} user ${of.index}`;
  const score = detected.scores[user].toPrecision(4);
  const isFlagged = detected.scores[user] >= detected.thresholds[point];
  const place = `place ${detected.ranks[user] + 1} of ${detected.scores.length}`;
  return `${name}: score ${score}, ${place}, ${isFlagged ? 'flagged' : 'not flagged'}`;
}

const flaggedAt = ({ detected, falseAlarms, scores, users }: Detected, point: number) => ({
  fakes: Math.round(detected[point] * (scores.length - users)),
  genuine: Math.round(falseAlarms[point] * users),
});
