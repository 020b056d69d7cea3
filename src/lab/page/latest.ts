/** @file Questions to the worker that come faster than it answers. */

import { report } from './lab.ts';

/**
 * Asks one question at a time: of those that come while one is answered, the last one is asked next
 * and the others never. `take` gets each answer with its question.
 */
export function latest<Q extends readonly unknown[], A>(
  ask: (...question: Q) => Promise<A>,
  take: (answer: A, ...question: Q) => void,
): (...question: Q) => void {
  let next: Q | null = null;
  let asking = false;
  const answerAll = async () => {
    for (let question = next; question; question = next) {
      next = null;
      try {
        take(await ask(...question), ...question);
      } catch (error) {
        report(error);
      }
    }
    asking = false;
  };
  return (...question) => {
    next = question;
    if (asking) return;
    asking = true;
    void answerAll();
  };
}
