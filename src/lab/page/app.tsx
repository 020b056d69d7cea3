/** @file The arrangement of the page. */

import { BreakIt } from '../panels/break-it.tsx';
import { Controls } from '../panels/controls.tsx';
import { Curves } from '../panels/curves.tsx';
import { Defender } from '../panels/defender.tsx';
import { FakeUsers } from '../panels/fake-users.tsx';
import { InnerTime } from '../panels/inner-time.tsx';
import { Model } from '../panels/model.tsx';
import { Race } from '../panels/race.tsx';
import { problem, trouble } from './lab.ts';

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
      <Race />
      <BreakIt />
    </main>
  </>
);
