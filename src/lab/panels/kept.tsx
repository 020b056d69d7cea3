/** @file The runs that are kept: what each is of, and a button that removes it. */

import { kept, keptHere } from '../page/lab.ts';

/** The list, of the problem that is open. */
export const Kept = () => (
  <p class="legend">
    {keptHere.value.map((run) => (
      <span key={run.name} class="entry">
        {run.name}: <code>{run.address}</code>
        <button
          type="button"
          class="save"
          aria-label={`Remove ${run.name}`}
          onClick={() => {
            kept.value = kept.value.filter((other) => other !== run);
          }}
        >
          Remove
        </button>
      </span>
    ))}
  </p>
);
