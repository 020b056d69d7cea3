/** @file The campaigns by name. */

import type { Campaign } from './campaign.ts';
import { files } from './files/files.ts';
import { browser } from './graphs/browser.ts';
import { graphs } from './graphs/graphs.ts';
import { kills } from './kills/kills.ts';
import { options } from './options.ts';

/** The campaigns by name. */
export const campaigns: Readonly<Record<string, Campaign>> = {
  files,
  options,
  kills,
  graphs,
  browser,
};
