/** @file What came of the cell whose click was flipped: what the gradient said, and training again. */

import { facts, toggled } from '../page/lab.ts';
import { Worded } from '../pictures/worded.tsx';

const signed = (x: number, digits: number) =>
  `${x < 0 ? '−' : x > 0 ? '+' : ''}${Math.abs(x).toFixed(digits)}`;

/** What a change of the objective is to the attack, in words. */
const effectOf = (change: number): string =>
  change < 0
    ? 'falls, which helps'
    : change > 0
      ? 'rises, which hurts'
      : 'stays, which changes nothing for';

/** What came of the cell. */
export const Toggle = () => {
  if (!toggled.value || !facts.value) return null;
  const { cell, clicked, predicted, before, after, true: found } = toggled.value;
  const { shape, target: promoted, figures } = facts.value;
  const [fake, item] = [Math.floor(cell / shape[1]), cell % shape[1]];
  const target = item === promoted ? ', the target' : '';
  return (
    <>
      <p class="about">
        If fake user {fake} {clicked ? 'clicked' : 'did not click'} item {item}
        {target}:
      </p>
      <dl class="figures">
        <div>
          <dt>
            <Worded text="objective, by the gradient" />
          </dt>
          <dd>{signed(predicted, 2)}</dd>
        </div>
        <div>
          <dt>
            <Worded text="objective, trained again" />
          </dt>
          <dd>{signed(found, 2)}</dd>
        </div>
        {figures.map(({ name, label }) => (
          <div key={name}>
            <dt>
              <Worded text={`${label}, trained again`} />
            </dt>
            <dd>{signed(after[name] - before[name], 4)}</dd>
          </div>
        ))}
      </dl>
      <p class="about">
        Trained again, the objective {effectOf(found)} the attack. The gradient is exact for tiny
        changes alone. A whole click is large, so that both changes may differ much. The fake users
        stay as they were.
      </p>
    </>
  );
};
