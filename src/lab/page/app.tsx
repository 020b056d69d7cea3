/** @file The arrangement of the page. */

import { Controls } from '../panels/controls.tsx';
import { Curves } from '../panels/curves.tsx';
import { FakeUsers } from '../panels/fake-users.tsx';
import { InnerTime } from '../panels/inner-time.tsx';
import { Model } from '../panels/model.tsx';
import { problem, trouble } from './lab.ts';
import { later } from './later.tsx';

const Defender = later(async () => (await import('../panels/defender.tsx')).Defender);
const Race = later(async () => (await import('../panels/race.tsx')).Race);
const Tape = later(async () => (await import('../panels/tape.tsx')).Tape);
const Devices = later(async () => (await import('../panels/devices.tsx')).Devices);
const BreakIt = later(async () => (await import('../panels/break-it.tsx')).BreakIt);

/** The whole page. */
export const App = () => (
  <>
    <header class="page-head">
      <p class="wordmark">hypertape lab</p>
      <h1>{problem.value.title}</h1>
      <p class="lead">{problem.value.about}</p>
    </header>
    {trouble.value && (
      <p class="trouble" role="alert">
        {trouble.value}
      </p>
    )}
    <Controls />
    <main class="panels">
      <Curves />
      <InnerTime />
      <FakeUsers />
      <Model />
      <Defender />
      <Devices />
      <Race />
      <Tape />
      <BreakIt />
    </main>
  </>
);
