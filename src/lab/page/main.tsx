/** @file The page: mounts the panels and opens what the address says. */

import { render } from 'preact';
import { storySteps } from '../story/steps.ts';
import { tell } from '../story/tell.ts';
import { App } from './app.tsx';
import { openAddress } from './lab.ts';
import { keepAddress } from './share.ts';

/** `#story=3` alone opens what that step speaks of. */
function openPlace(): void {
  const [, step] = /^#story=([1-9])$/.exec(location.hash) ?? [];
  if (Number(step) <= storySteps.length) tell(Number(step));
  else openAddress();
}

render(<App />, document.body);
window.addEventListener('hashchange', openPlace);
openPlace();
keepAddress();
