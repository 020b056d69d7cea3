/** @file The part of the lab that needs no page: addresses, and the runs that they name. */

export { addressOf, commandOf, parseAddress, presetSettings, type Settings } from './address.ts';
export { historyOf } from './session/history.ts';
export type { Line } from './session/snapshot.ts';
