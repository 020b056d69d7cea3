/** @file The format `gowalla`: the check-ins of SNAP's loc-gowalla. */

import { type Layout, readDelimited, wholePattern } from './delimited.ts';
import type { InteractionFormat } from './format.ts';

/** A latitude or a longitude. */
const degrees = /^-?\d+(\.\d+)?([eE]-?\d+)?$/;

const layout: Layout = {
  separator: '\t',
  quotes: false,
  header: false,
  fields: ['user', 'time', 'latitude', 'longitude', 'location'],
  user: 0,
  item: 4,
  time: 1,
  patterns: [wholePattern, /^\d{4}-\d\d-\d\dT[\d:]+Z$/, degrees, degrees, wholePattern],
};

/** Check-ins as SNAP publishes them; the locations are the items. */
export const gowalla: InteractionFormat = {
  about: 'check-ins of loc-gowalla',
  sniff: ([first]) => /^\d+\t\d{4}-\d\d-\d\dT[\d:]+Z\t[-\d.]+\t[-\d.]+\t\d+$/.test(first),
  read: (path, options, rows) => readDelimited(path, options, rows, () => layout),
};
