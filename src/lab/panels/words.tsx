/** @file The words of the page, all of them. */

import { words } from '../words.ts';
import { Panel } from './panel.tsx';

/** The panel. */
export const Words = () => (
  <Panel
    name="words"
    title="The words of this page"
    about="Where one of them stands on a dotted line, it says the same under the pointer."
    wide
  >
    <dl class="words">
      {Object.entries(words).map(([word, meaning]) => (
        <div key={word}>
          <dt>{word}</dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  </Panel>
);
