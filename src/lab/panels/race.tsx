/** @file The race: every estimator of the same hypergradient, beside the exact one and retraining. */

import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { counted } from '../counted.ts';
import { calls, facts, OfThisStep, pause, raceRows, report, snapshot } from '../page/lab.ts';
import { brief, inBrief, kilobytes } from '../pictures/numbers.ts';
import { Worded } from '../pictures/worded.tsx';
import type { RaceEnd, RaceRow } from '../session/race.ts';
import { Findings } from './findings.tsx';
import { Panel } from './panel.tsx';

/** The panel. */
export const Race = () => {
  const running = useSignal(false);
  const end = useMemo(() => new OfThisStep<RaceEnd>(), []);
  const run = async () => {
    pause();
    raceRows.value = null;
    end.value = null;
    running.value = true;
    try {
      end.value = await calls.race();
    } catch (error) {
      report(error);
    }
    running.value = false;
  };
  const rows = raceRows.value ?? [];
  const isRetrained = rows.some(
    (row) => 'retrainedError' in row && Number.isFinite(row.retrainedError),
  );
  const heads = [
    'method',
    'relative error',
    'cosine',
    'length, exact is 1',
    ...(isRetrained ? ['error to retraining'] : []),
    'seconds',
    'forward steps',
    'kB of states held',
  ];
  return (
    <Panel
      name="race"
      title="A race of methods"
      about="There are many ways to get this gradient, most of them by leaving something out. Each row is one of them, at the inputs of the last outer step."
      wide
    >
      <button type="button" disabled={running.value || !snapshot.value} onClick={() => void run()}>
        {running.value ? 'Running …' : 'Run them all'}
      </button>
      {rows.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Table of the methods">
          <table>
            <thead>
              <tr>
                {heads.map((head) => (
                  <th key={head} scope="col">
                    <Worded text={head} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <Row key={i} row={row} columns={heads.length} isRetrained={isRetrained} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {end.value?.exactRetrainedError !== undefined && facts.value?.problem === 'attack' && (
        <p class="about">
          Retraining with a click moved a little is no referee here: a click weighs 20 as soon as it
          is above 0, so that the loss jumps there. The exact gradient holds that weight constant.
        </p>
      )}
    </Panel>
  );
};

const small = (x: number | undefined, digits?: number) =>
  x === undefined || Number.isNaN(x) ? '–' : brief(x, digits);

const Row = (props: {
  readonly row: RaceRow;
  readonly columns: number;
  readonly isRetrained: boolean;
}) => {
  const { row, columns, isRetrained } = props;
  if ('refused' in row) {
    return (
      <tr>
        <th scope="row">
          <Worded text={row.method} />
        </th>
        <td colSpan={columns - 1} class="text">
          refused: {inBrief(row.refused)}
        </td>
      </tr>
    );
  }
  const warnings = row.findings.filter(({ level }) => level === 'warning').length;
  return (
    <>
      <tr>
        <th scope="row">
          <Worded text={row.method} />
        </th>
        <td>{small(row.error)}</td>
        <td>{Number.isNaN(row.cosine) ? '–' : row.cosine.toFixed(4)}</td>
        <td>{small(row.normRatio, 3)}</td>
        {isRetrained && <td>{small(row.retrainedError)}</td>}
        <td>{row.seconds.toFixed(3)}</td>
        <td>{row.forwardSteps}</td>
        <td>{kilobytes(row.heldBytes)}</td>
      </tr>
      {row.findings.length > 0 && (
        <tr>
          <td colSpan={columns} class="text">
            <details>
              <summary>
                <Worded text={`certificate, ${counted(warnings, 'warning')}`} />
              </summary>
              <Findings findings={row.findings} />
            </details>
          </td>
        </tr>
      )}
    </>
  );
};
