/** @file Labels whose words say what they mean where the pointer rests on them. */

import { signal } from '@preact/signals';
import type { Part } from '../words.ts';

/** How labels fall into words: not at all, until the words are there. */
const partsOf = signal((label: string): Part[] => [{ text: label }]);

/** Loads the words, which the first picture does not wait for. */
export async function loadWords(): Promise<void> {
  const words = await import('../words.ts');
  partsOf.value = words.partsOf;
}

/** A label. The panel of words lists the same for keyboards and fingers. */
export const Worded = ({ text }: { readonly text: string }) => (
  <span>
    {partsOf.value(text).map(({ text: part, meaning }) =>
      meaning ? (
        <abbr key={part} title={meaning}>
          {part}
        </abbr>
      ) : (
        part
      ),
    )}
  </span>
);
