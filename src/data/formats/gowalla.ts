/** @file The format `gowalla`: the check-ins of SNAP's loc-gowalla. */

import type { InteractionFormat, Layout } from './layout.ts';

const layout: Layout = {
  separator: '\t',
  fields: ['user', 'time', 'latitude', 'longitude', 'location'],
  user: 0,
  item: 4,
};

/** Check-ins as SNAP publishes them; the locations are the items. */
export const gowalla: InteractionFormat = {
  about: 'check-ins of loc-gowalla',
  layout: () => layout,
  expected: layout.fields.join(', '),
};
