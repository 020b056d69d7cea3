/** @file The page: mounts the panels and opens what the address says. */

import { render } from 'preact';
import { App } from './app.tsx';
import { openAddress } from './lab.ts';

render(<App />, document.body);
window.addEventListener('hashchange', openAddress);
openAddress();
