/** @file hypertape/defence: features of click profiles, detectors of fake users, and defences. */

export type { Detector, DetectorOptions, Labelled } from './detectors/detector.ts';
export { detector, detectorNames, detectors } from './detectors/registry.ts';
