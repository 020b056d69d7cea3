/** @file What the page may ask of the worker. All that it sends and gets is plain data. */

import type { Settings } from '../address.ts';
import type { Calling } from '../calls.ts';
import type { Facts } from '../problems/problem.ts';
import type { View } from '../problems/view.ts';
import type { Caught } from './break-it.ts';
import type { Detected, Retrained } from './defend.ts';
import type { RaceEnd } from './race.ts';
import { Session } from './session.ts';
import type { Snapshot } from './snapshot.ts';
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
    next: ({ signal }: Calling): Promise<Snapshot> => session().next(signal),
    view: (step: number, { signal }: Calling): Promise<View> => session().view(step, signal),
    truncated: (tau: number): Promise<Float32Array> => session().truncated(tau),
    race: async (calling: Calling): Promise<RaceEnd> => {
      const { race } = await import('./race.ts');
      return race(session(), calling);
    },
    /** The names of the detectors that a page can run. */
    detectorNames: async (): Promise<string[]> => (await import('./defend.ts')).detectorsForAll(),
    detect: async (name: string, calling: Calling): Promise<Detected> => {
      const { detect } = await import('./defend.ts');
      return detect(session(), name, calling);
    },
    retrainWithout: async (name: string, flagged: number, calling: Calling): Promise<Retrained> => {
      const { retrainWithout } = await import('./defend.ts');
      return retrainWithout(session(), name, flagged, calling);
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
    breakIt: async (name: string, { signal }: Calling): Promise<Caught> => {
      const { breakIt } = await import('./break-it.ts');
      return breakIt(name, signal);
    },
  };
};

/** The methods by name. */
export type Methods = ReturnType<typeof methodsOf>;
