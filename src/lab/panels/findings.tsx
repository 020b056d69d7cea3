/** @file The findings of a certificate, a sentence each. */

import { inBrief } from '../pictures/numbers.ts';

interface Finding {
  readonly level: string;
  readonly sentence: string;
}

/** The list. The level stands before each sentence in words, not by colour alone. */
export const Findings = ({ findings }: { readonly findings: readonly Finding[] }) => (
  <ul class="findings">
    {findings.map(({ level, sentence }, i) => (
      <li key={i} class={level}>
        <strong>{level}</strong> {inBrief(sentence)}
      </li>
    ))}
  </ul>
);
