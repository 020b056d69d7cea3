/** @file Break it: four ways to a wrong gradient, and what catches each. */

import { useSignal } from '@preact/signals';
import { calls, facts, report } from '../page/lab.ts';
import type { Caught } from '../session/break-it.ts';
import { Findings } from './findings.tsx';
import { Panel } from './panel.tsx';

const ways = [
  {
    name: 'unconverged',
    label: 'Stop training too early',
    about: 'The implicit function theorem holds at a minimum. Three steps do not get there.',
  },
  {
    name: 'wrong-cg',
    label: 'A wrong conjugate gradient',
    about:
      'A published solver returned the iterate before the last. Its own residual looked fine; the one computed again does not.',
  },
  {
    name: 'adam-root',
    label: 'Adam without the rule for its root',
    about:
      'An entry that never got a gradient has a second moment of 0, where the root has an infinite slope.',
  },
  {
    name: 'nan-at-37',
    label: 'NaN at step 37',
    about: 'A logarithm of 0 is planted in one of a hundred steps.',
  },
] as const;

/** What catches it, and what else is said. */
const Catch = ({ findings }: Pick<Caught, 'findings'>) => {
  const isWarning = ({ level }: Caught['findings'][number]) => level === 'warning';
  const rest = findings.filter((finding) => !isWarning(finding));
  return (
    <>
      <Findings findings={findings.filter(isWarning)} />
      {rest.length > 0 && (
        <details>
          <summary>the rest of the certificate</summary>
          <Findings findings={rest} />
        </details>
      )}
    </>
  );
};

/** The panel. */
export const BreakIt = () => {
  const caught = useSignal<Caught | null>(null);
  const running = useSignal(false);
  const run = async (name: string) => {
    running.value = true;
    caught.value = null;
    try {
      caught.value = await calls.breakIt(name);
    } catch (error) {
      report(error);
    }
    running.value = false;
  };
  const chosen = ways.find(({ name }) => name === caught.value?.name);
  return (
    <Panel
      name="break-it"
      title="Break it"
      about="For those who use the library. A wrong gradient looks like any other. Each button breaks something on purpose; what is printed is what would have told you."
    >
      <div class="transport">
        {ways.map(({ name, label }) => (
          <button
            key={name}
            type="button"
            disabled={running.value || !facts.value}
            aria-pressed={caught.value?.name === name}
            onClick={() => void run(name)}
          >
            {label}
          </button>
        ))}
      </div>
      <div aria-live="polite">
        {chosen && caught.value && (
          <>
            <p class="about">{chosen.about}</p>
            <Catch findings={caught.value.findings} />
          </>
        )}
      </div>
    </Panel>
  );
};
