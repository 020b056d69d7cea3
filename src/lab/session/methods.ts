/** @file What the page may ask of the worker. All that it sends and gets is plain data. */

import type { Settings } from '../address.ts';
import type { Calling } from '../calls.ts';
import type { Facts } from '../problems/problem.ts';
import type { View } from '../problems/view.ts';
import type { Caught } from './break-it.ts';
import type { Cost, Thrift } from './costs.ts';
import type { Detected, Retrained } from './defend.ts';
import type { RaceEnd } from './race.ts';
import { Session } from './session.ts';
import type { Snapshot } from './snapshot.ts';
import type { KernelDetails, LaidOutTape, TapeView } from './tape.ts';
import type { Toggled } from './toggle.ts';

/** The session that is open, if one is. */
export interface Bench {
  session?: Session;
}

/** The methods over a bench. Each gets a signal that aborts when the page does. */
export const methodsOf = (bench: Bench) => {
  const session = () => {
    if (!bench.session) throw new Error('no problem is open');
    return bench.session;
  };
  return {
    /** Ends the run there is and opens another. */
    async open(settings: Settings): Promise<Facts> {
      await bench.session?.close();
      bench.session = undefined;
      bench.session = await Session.open(settings);
      return bench.session.facts;
    },
    /** Answers once all calls before are done. */
    idle: async (): Promise<void> => {},
    next: ({ signal }: Calling): Promise<Snapshot> => session().next(signal),
    view: (step: number, { signal }: Calling): Promise<View> => session().view(step, signal),
    truncated: (tau: number): Promise<Float32Array> => session().truncated(tau),
    /** What methods cost by their schedules; `measure` also runs them. */
    costs: async (thrift: Thrift, measure: boolean, { signal }: Calling): Promise<Cost[]> => {
      const { costsOf, measuredCosts } = await import('./costs.ts');
      return measure ? measuredCosts(session(), thrift, signal) : costsOf(session(), thrift);
    },
    race: async (calling: Calling): Promise<RaceEnd> => {
      const { race } = await import('./race.ts');
      return race(session(), calling);
    },
    detect: async (name: string, calling: Calling): Promise<Detected> => {
      const { detect } = await import('./defend.ts');
      return detect(session(), name, calling);
    },
    retrainWithout: async (name: string, flagged: number, calling: Calling): Promise<Retrained> => {
      const { retrainWithout } = await import('./defend.ts');
      return retrainWithout(session(), name, flagged, calling);
    },
    /** Times an outer iteration on each device; tells each row once it is there. */
    devices: async (settings: Settings, calling: Calling): Promise<void> => {
      const { timeDevices } = await import('./devices.ts');
      return timeDevices(settings, calling);
    },
    toggle: async (cell: number, { signal }: Calling): Promise<Toggled> => {
      const { toggle } = await import('./toggle.ts');
      return toggle(session(), cell, signal);
    },
    /** The fake users of the last iteration as the bytes of an .npz file. */
    fakesFile: async (): Promise<Uint8Array> => {
      const { fakesFile } = await import('./fakes.ts');
      return fakesFile(session());
    },
    /** The tape of one step of the open problem. */
    tape: async (view: TapeView): Promise<LaidOutTape> => {
      const { tapeOfSession } = await import('./tape.ts');
      return tapeOfSession(session(), view);
    },
    /** What is behind a kernel of that tape, in a step at the inputs of the last iteration. */
    kernel: async (
      view: TapeView,
      of: { readonly kernel: number; readonly step: number },
      { signal }: Calling,
    ): Promise<KernelDetails> => {
      const { kernelDetails } = await import('./tape.ts');
      return kernelDetails(session(), view, of, signal);
    },
    breakIt: async (name: string, { signal }: Calling): Promise<Caught> => {
      const { breakIt } = await import('./break-it.ts');
      return breakIt(name, signal);
    },
  };
};

/** The methods by name. */
export type Methods = ReturnType<typeof methodsOf>;
