/** @file Runs that end, fail or are stopped: what is asked after is about the last outer step there was. */

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readAll } from '../../src/autodiff/index.ts';
import { parseAddress } from '../../src/lab/index.ts';
import { Turnstile } from '../../src/lab/problems/turnstile.ts';
import { retrainWithout } from '../../src/lab/session/defend.ts';
import { Session } from '../../src/lab/session/session.ts';

const { signal } = new AbortController();
const calling = { signal, tell: () => {} };

const failureOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'answered',
    (error) => (error as Error).message,
  );

test('a loop that has ended or failed says so whenever it is asked', async () => {
  const ending = new Turnstile<number>(async (pass) => pass(1));
  assert.is(await ending.next(), 1);
  for (let i = 0; i < 3; i++) assert.match(await failureOf(ending.next()), /has ended/);
  const failing = new Turnstile<number>(async (pass) => {
    await pass(1);
    throw new Error('not finite');
  });
  assert.is(await failing.next(), 1);
  for (let i = 0; i < 3; i++) assert.is(await failureOf(failing.next()), 'not finite');
});

test('a loop that is closed ends the turn that is waited for', async () => {
  const slow = new Turnstile<number>(
    (_pass, stop) =>
      new Promise((_, reject) => stop.addEventListener('abort', () => reject(stop.reason))),
  );
  const waiting = failureOf(slow.next());
  await new Promise((resolve) => setTimeout(resolve));
  await slow.close(new Error('enough'));
  assert.is(await waiting, 'enough');
  assert.is(await failureOf(slow.next()), 'enough');
});

test('an attack that is settled answers each further step with an error', async () => {
  const session = await Session.open(parseAddress('problem=attack&momentum=0&rate=0.1'));
  while (!(await session.next(signal)).settled);
  for (let i = 0; i < 2; i++) assert.match(await failureOf(session.next(signal)), /has ended/);
  await session.close();
});

test('a stopped outer step of an attack is made when it is asked for again', async () => {
  const [stopped, free] = await Promise.all(
    [0, 1].map(() => Session.open(parseAddress('problem=attack'))),
  );
  const [first, second] = [await free.next(signal), await free.next(signal)];
  assert.is((await stopped.next(signal)).value, first.value);
  const controller = new AbortController();
  const pending = failureOf(stopped.next(controller.signal));
  setTimeout(() => controller.abort(new Error('enough')), 20);
  assert.is(await pending, 'enough');
  assert.is(await failureOf(stopped.next(controller.signal)), 'enough');
  const again = await stopped.next(signal);
  assert.equal([again.iteration, again.value], [second.iteration, second.value]);
  await Promise.all([stopped.close(), free.close()]);
});

test('after an outer step that fails all is about the one before', async () => {
  // Steps grow until the ball leaves the finite numbers.
  const address = 'problem=learning-rate&curvature=50&rate=0.02&momentum=0&first=0.05';
  const session = await Session.open(parseAddress(address));
  let inputs: Float32Array | undefined;
  for (let failure = ''; failure === ''; ) {
    const next = session.next(signal).then(
      (snapshot) => {
        ({ inputs } = snapshot);
        return '';
      },
      (error) => String(error),
    );
    failure = await next;
  }
  const [rates] = await readAll(session.problem.inputs);
  assert.equal(Float32Array.from(rates), inputs);
  assert.equal(session.last.inputs, inputs);
  // Two steps of the ball by hand, with the rates that are shown.
  const view = await session.view(2, signal);
  if (view.kind !== 'path' || !inputs) throw new Error('a path is expected');
  for (const [axis, curvature] of [1, 50].entries()) {
    let place = view.path[axis];
    for (const t of [0, 1]) {
      place *= 1 - inputs[t] * curvature;
      const error = Math.abs(view.path[2 * (t + 1) + axis] - place);
      // Each step rounds the slope, its product with the rate and the difference, to f32.
      assert.ok(error <= 2 ** -20 * Math.max(1, Math.abs(place)), `${error}`);
    }
  }
  await session.close();
});

test('weights of exactly a half are neither above nor below it, and of no wrong label none is found', async () => {
  const session = await Session.open(parseAddress('problem=cleaning&wrong=0.3'));
  const { figures } = await session.next(signal);
  assert.equal([figures.found, figures.kept], [0, 0]);
  await session.close();
  const clean = await Session.open(parseAddress('problem=cleaning&wrong=0'));
  const found = await clean.next(signal);
  assert.equal(Object.keys(found.figures), ['accuracy', 'kept']);
  assert.equal(
    clean.facts.figures.map(({ name }) => name),
    ['accuracy', 'kept'],
  );
  await clean.close();
});

test('nobody is trained on where everyone is flagged', async () => {
  const session = await Session.open(parseAddress('problem=attack'));
  await session.next(signal);
  const [fakes] = session.facts.shape;
  const everyone = 900 + fakes;
  assert.match(
    await failureOf(retrainWithout(session, 'svd-residual', everyone, calling)),
    /all 1000 users are flagged: leave someone to train on/,
  );
  await session.close();
});

test.run();
