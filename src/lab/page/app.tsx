/** @file The arrangement of the page. */

import { Knobs, Transport } from '../panels/controls.tsx';
import { Curves } from '../panels/curves.tsx';
import { InnerTime } from '../panels/inner-time.tsx';
import { Model } from '../panels/model.tsx';
import { loadWords } from '../pictures/worded.tsx';
import { tell } from '../story/tell.ts';
import { problem, story, trouble } from './lab.ts';
import { later } from './later.tsx';

const FakeUsers = later(async () => (await import('../panels/fake-users.tsx')).FakeUsers);
const Defender = later(async () => (await import('../panels/defender.tsx')).Defender);
const Share = later(async () => (await import('../panels/share.tsx')).Share);
const Story = later(async () => (await import('../story/story.tsx')).Story);
const Race = later(async () => (await import('../panels/race.tsx')).Race);
const Tape = later(async () => (await import('../panels/tape.tsx')).Tape);
const Devices = later(async () => (await import('../panels/devices.tsx')).Devices);
const BreakIt = later(async () => (await import('../panels/break-it.tsx')).BreakIt);
const Words = later(async () => {
  await loadWords();
  return (await import('../panels/words.tsx')).Words;
});

/** The whole page. */
export const App = () => (
  <>
    <header class="page-head">
      <div class="page-words">
        <p class="wordmark">hypertape lab</p>
        <h1>{problem.value.title}</h1>
        <p class="lead">{problem.value.about}</p>
      </div>
      {story.value === 0 && (
        <button type="button" class="tell" onClick={() => tell(1)}>
          New here? A story in six steps
        </button>
      )}
    </header>
    {trouble.value && (
      <p class="trouble" role="alert">
        {trouble.value}
      </p>
    )}
    <Knobs />
    <Transport />
    <main class="panels">
      <Curves />
      <InnerTime />
      <Model />
      <FakeUsers />
      <Defender />
      <Devices />
      <Share />
      <BreakIt />
      <Race />
      <Tape />
      <Words />
    </main>
    <Story />
  </>
);
