/** @file Calls to a worker: answers, news, a stop, and an end that needs no answer. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Calling, connect, type Port, Stopped, serve } from '../../src/lab/calls.ts';

/** Two ports, each of which gets what is posted to the other. */
function portPair(): [Port, Port] {
  const listeners: ((event: { data: unknown }) => void)[][] = [[], []];
  const port = (own: number): Port => ({
    postMessage(data) {
      const copy = structuredClone(data);
      queueMicrotask(() => {
        for (const listen of listeners[1 - own]) listen({ data: copy });
      });
    },
    addEventListener: (_, listen) => listeners[own].push(listen),
  });
  return [port(0), port(1)];
}

const methods = {
  double: async (x: number, { tell }: Calling): Promise<number> => {
    tell(`doubling ${x}`);
    return 2 * x;
  },
  untilStopped: ({ signal }: Calling): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  never: (): Promise<never> => new Promise(() => {}),
  refuse: async (): Promise<never> => {
    throw new Error('no');
  },
};

const open = () => {
  const [here, there] = portPair();
  serve(there, methods);
  const news: unknown[] = [];
  return { news, ...connect<typeof methods>(here, (method, told) => news.push([method, told])) };
};

const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'answered',
    (error) => error,
  );

test('a call is answered, with news before, or fails with its error', async () => {
  const { calls, news } = open();
  assert.is(await calls.double(21), 42);
  assert.equal(news, [['double', 'doubling 21']]);
  const error = await failureOf(calls.refuse());
  assert.ok(error instanceof Error && !(error instanceof Stopped) && error.message === 'no');
});

test('a stop ends the call at work and those that wait, and none after', async () => {
  const { calls, stop } = open();
  const [first, second] = [calls.untilStopped(), calls.double(1)].map(failureOf);
  await new Promise((resolve) => setTimeout(resolve, 5));
  stop();
  assert.ok((await first) instanceof Stopped);
  assert.ok((await second) instanceof Stopped);
  assert.is(await calls.double(2), 4);
});

test('abandoned calls end without an answer, and so do those that come after', async () => {
  const { calls, abandon } = open();
  const pending = [failureOf(calls.never()), failureOf(calls.double(1))];
  abandon();
  for (const error of await Promise.all(pending)) assert.ok(error instanceof Stopped);
  assert.ok((await failureOf(calls.double(1))) instanceof Stopped);
});

test.run();
