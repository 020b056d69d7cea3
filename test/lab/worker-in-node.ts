/** @file The page's workers without a page: its own methods, served in the process of the test. */

import { type Port, serve } from '../../src/lab/calls.ts';
import { type Methods, methodsOf } from '../../src/lab/session/methods.ts';

type Listener = (event: { data: unknown }) => void;

/** The workers that were started, the last one at the end. */
export const workers: WorkerInNode[] = [];

/** What the next worker answers otherwise than the page's does. */
export const changed: { methods: Partial<Methods> } = { methods: {} };

/** What the page takes for a worker. */
class WorkerInNode implements Port {
  isTerminated = false;
  private readonly here: Listener[] = [];
  private readonly there: Listener[] = [];

  constructor() {
    workers.push(this);
    const port: Port = {
      postMessage: (data) => this.deliver(this.here, data),
      addEventListener: (_, listener) => this.there.push(listener),
    };
    serve(port, { ...methodsOf({}), ...changed.methods });
  }

  /** A message is a task of its own, as between a page and its worker. */
  private deliver(to: readonly Listener[], data: unknown): void {
    const copy = structuredClone(data);
    setImmediate(() => {
      if (!this.isTerminated) for (const listen of to) listen({ data: copy });
    });
  }

  postMessage(data: unknown): void {
    this.deliver(this.there, data);
  }

  addEventListener(type: string, listener: Listener): void {
    if (type === 'message') this.here.push(listener);
  }

  terminate(): void {
    this.isTerminated = true;
  }
}

Object.assign(globalThis, {
  Worker: WorkerInNode,
  location: { href: 'http://localhost/' },
  document: { hidden: false },
});
