/** @file Calls from the page to its worker: each a message, answered by one, in turn; and news. */

/** A method that takes plain data, then perhaps a signal, and answers with plain data. */
type Method = (...args: never[]) => Promise<unknown>;
type MethodTable = Readonly<Record<string, Method>>;

/** What a method gets after the caller's arguments. */
export interface Calling {
  /** Aborts when the page stops the call. */
  readonly signal: AbortSignal;
  /** Tells the page something before the call is done. */
  tell(news: unknown): void;
}

/** What the caller passes: all arguments but the last, which the worker's side makes. */
type Plain<A extends readonly unknown[]> = A extends readonly [...infer Rest, Calling] ? Rest : A;

/** The methods as the page sees them. */
export type Calls<M extends MethodTable> = {
  readonly [K in keyof M]: (...args: Plain<Parameters<M[K]>>) => ReturnType<M[K]>;
};

type Request = { readonly id: number; readonly name: string; readonly args: readonly unknown[] };
type Stop = { readonly stop: true };
type Reply =
  | { readonly id: number; readonly told: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

/** The part of a worker, or of its global scope, that calls go through. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
}

/**
 * Serves methods, one call at a time in the order in which they come, since a device does one thing
 * at a time. A message to stop aborts the call at work and those that wait.
 */
export function serve(port: Port, methods: MethodTable): void {
  let turn = Promise.resolve();
  let controller = new AbortController();
  const answer = async ({ id, name, args }: Request, { signal }: AbortController) => {
    try {
      signal.throwIfAborted();
      const tell = (told: unknown) => port.postMessage({ id, told } satisfies Reply);
      const result = await methods[name](...([...args, { signal, tell }] as never[]));
      port.postMessage({ id, result } satisfies Reply);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      port.postMessage({ id, error: signal.aborted ? stopped : message } satisfies Reply);
    }
  };
  port.addEventListener('message', ({ data }) => {
    const message = data as Request | Stop;
    if ('stop' in message) {
      controller.abort();
      controller = new AbortController();
      return;
    }
    const of = controller;
    turn = turn.then(() => answer(message, of));
  });
}

const stopped = 'stopped';

/** Thrown by a call that was stopped. */
export class Stopped extends Error {
  override name = 'Stopped';
}

/**
 * Calls the methods that are served at the other end of a port. `onNews` gets what a call tells.
 * `abandon` ends all calls on this side, those to come too, of an other end that is no more.
 */
export function connect<M extends MethodTable>(
  port: Port,
  onNews: (method: string, news: unknown) => void = () => {},
): { calls: Calls<M>; stop(): void; abandon(): void } {
  const waiting = new Map<number, { name: string; answer: (reply: Reply) => void }>();
  let count = 0;
  let isGone = false;
  port.addEventListener('message', ({ data }) => {
    const reply = data as Reply;
    const call = waiting.get(reply.id);
    if (!call) return;
    if ('told' in reply) return onNews(call.name, reply.told);
    waiting.delete(reply.id);
    call.answer(reply);
  });
  const call = (name: string, args: readonly unknown[]) =>
    new Promise((resolve, reject) => {
      if (isGone) return reject(new Stopped());
      const id = count++;
      const answer = (reply: Reply) => {
        if ('result' in reply) resolve(reply.result);
        else if ('error' in reply)
          reject(reply.error === stopped ? new Stopped() : new Error(reply.error));
      };
      waiting.set(id, { name, answer });
      port.postMessage({ id, name, args } satisfies Request);
    });
  const calls = new Proxy({} as Calls<M>, {
    get: (_, name) =>
      name === 'then' ? undefined : (...args: unknown[]) => call(String(name), args),
  });
  return {
    calls,
    stop: () => port.postMessage({ stop: true } satisfies Stop),
    abandon() {
      isGone = true;
      for (const [id, { answer }] of waiting) answer({ id, error: stopped });
      waiting.clear();
    },
  };
}
