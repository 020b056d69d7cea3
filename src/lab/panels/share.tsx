/** @file Links, commands and files of what is shown. */

import { useSignal } from '@preact/signals';
import { facts, report, snapshot } from '../page/lab.ts';
import { commandNow, linkNow, saveFakes, saveHistory, saveReport } from '../page/share.ts';
import { Panel } from './panel.tsx';

/** The panel. */
export const Share = () => {
  const copied = useSignal<{ readonly words: string; readonly text: string } | null>(null);
  const copy = async (what: string, text: string) => {
    try {
      await navigator.clipboard.writeText(text);
      copied.value = { words: `${what} is copied:`, text };
    } catch {
      copied.value = { words: `The browser does not let the page copy. ${what} is:`, text };
    }
  };
  const ready = snapshot.value !== null;
  return (
    <Panel
      name="share"
      title="Take it with you"
      about="The link opens the page as it is now, seed and all. The command computes the same numbers without a page."
    >
      <div class="transport">
        <button type="button" disabled={!ready} onClick={() => void copy('The link', linkNow())}>
          Copy the link
        </button>
        <button
          type="button"
          disabled={!ready}
          onClick={() => void copy('The command', commandNow())}
        >
          Copy the command
        </button>
        {facts.value?.problem === 'attack' && (
          <button type="button" disabled={!ready} onClick={() => void saveFakes().catch(report)}>
            Save the fake users (.npz)
          </button>
        )}
        <button type="button" disabled={!ready} onClick={saveHistory}>
          Save the history (.jsonl)
        </button>
        <button type="button" disabled={!ready} onClick={() => void saveReport().catch(report)}>
          Save a report (.html)
        </button>
      </div>
      <div aria-live="polite">
        {copied.value && (
          <p class="copied">
            {copied.value.words} <code>{copied.value.text}</code>
          </p>
        )}
      </div>
    </Panel>
  );
};
