/** @file The race: every estimator of the same hypergradient, beside the exact one and retraining. */

import { useSignal } from '@preact/signals';
import { calls, facts, pause, raceRows, report, snapshot } from '../page/lab.ts';
import { brief, kilobytes } from '../pictures/numbers.ts';
import type { RaceRow } from '../session/race.ts';
import { Findings } from './findings.tsx';
import { Panel } from './panel.tsx';

/** The panel. */
export const Race = () => {
  const running = useSignal(false);
  const exact = useSignal<number | undefined>(undefined);
  const run = async () => {
    pause();
    raceRows.value = [];
    running.value = true;
    try {
      exact.value = (await calls.race()).exactRetrainedError;
    } catch (error) {
      report(error);
    }
    running.value = false;
  };
  const rows = raceRows.value;
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
                <th scope="col">method</th>
                <th scope="col">relative error</th>
                <th scope="col">cosine</th>
                <th scope="col">length, exact is 1</th>
                <th scope="col">error to retraining</th>
                <th scope="col">seconds</th>
                <th scope="col">forward steps</th>
                <th scope="col">kB of states held</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <Row key={i} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {!running.value && exact.value !== undefined && facts.value?.problem === 'attack' && (
        <p class="about">
          Retraining with a click moved a little is no referee here: a click weighs 20 as soon as it
          is above 0, so that the loss jumps there. The exact gradient holds that weight constant.
        </p>
      )}
    </Panel>
  );
};

const small = (x: number | undefined) => (x === undefined || Number.isNaN(x) ? '–' : brief(x));

const Row = ({ row }: { readonly row: RaceRow }) => {
  if ('refused' in row) {
    return (
      <tr>
        <th scope="row">{row.method}</th>
        <td colSpan={7} class="text">
          refused: {row.refused}
        </td>
      </tr>
    );
  }
  const warnings = row.findings.filter(({ level }) => level === 'warning').length;
  return (
    <>
      <tr>
        <th scope="row">{row.method}</th>
        <td>{small(row.error)}</td>
        <td>{Number.isNaN(row.cosine) ? '–' : row.cosine.toFixed(4)}</td>
        <td>{brief(row.normRatio, 3)}</td>
        <td>{small(row.retrainedError)}</td>
        <td>{row.seconds.toFixed(3)}</td>
        <td>{row.forwardSteps}</td>
        <td>{kilobytes(row.heldBytes)}</td>
      </tr>
      {row.findings.length > 0 && (
        <tr>
          <td colSpan={8} class="text">
            <details>
              <summary>
                certificate, {warnings} {warnings === 1 ? 'warning' : 'warnings'}
              </summary>
              <Findings findings={row.findings} />
            </details>
          </td>
        </tr>
      )}
    </>
  );
};
