/** @file Answers of the worker to what a panel asks anew whenever something changes. */

import { type ReadonlySignal, useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { report } from './lab.ts';

/** An answer with its question. */
export interface Answered<Q, A> {
  readonly question: Q;
  readonly answer: A;
}

/**
 * The answer to a question, which is asked again whenever a signal changes that `question` reads, and
 * one at a time: of those that come while one is answered, the last one is asked next and the others
 * never. An answer stands until the next one, and none is there once there is nothing to ask, as while
 * another run opens, or once the last question has failed.
 */
export function useAnswer<Q, A>(
  ask: (question: Q) => Promise<A>,
  question: () => Q | null,
): ReadonlySignal<Answered<Q, A> | null> {
  const found = useSignal<Answered<Q, A> | null>(null);
  const wanted = useRef<{ readonly question: Q } | null>(null);
  const asking = useRef(false);
  const answerAll = async () => {
    asking.current = true;
    for (let asked = null; wanted.current && wanted.current !== asked; ) {
      const { question: now } = (asked = wanted.current);
      try {
        const answer = await ask(now);
        if (wanted.current) found.value = { question: now, answer };
      } catch (error) {
        found.value = null;
        if (wanted.current) report(error);
      }
    }
    asking.current = false;
  };
  useSignalEffect(() => {
    const now = question();
    wanted.current = now === null ? null : { question: now };
    if (now === null) found.value = null;
    else if (!asking.current) void answerAll();
  });
  return found;
}
