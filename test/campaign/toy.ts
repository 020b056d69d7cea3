/** @file A campaign of known faults, to see that they are found. */

import type { Campaign } from './campaign.ts';

/** Of every ten cases one is at fault, one throws, one hangs and one ends its process. */
export const toy: Campaign = {
  name: 'toy',
  module: import.meta.url,
  tries: 'nothing',
  oracle: 'none',
  short: 10,
  seconds: 2,
  heap: 100,
  casesOfProcess: 20,
  open: async () => ({
    total: 30,
    name: (index) => `case ${index}`,
    run: async (index) => {
      if (index % 10 === 3) return 'wrong';
      if (index % 10 === 5) throw new Error('thrown');
      if (index % 10 === 6) process.kill(process.pid, 'SIGKILL');
      while (index % 10 === 8);
      return undefined;
    },
  }),
};
