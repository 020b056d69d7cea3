/** @file hypertape/data: sparse matrices, readers and writers, splits, the synthetic generator. */

export { makeFolder } from '../files.ts';
export { jsonLines, readText, writeAtomically } from './files.ts';
export { type FolderOptions, readDataFolder, writeDataFolder } from './folder.ts';
export {
  type FakeUsers,
  type Written,
  writableFormats,
  writeDataSet,
  writeFakeUsers,
} from './formats/convert.ts';
export type { InteractionFormat } from './formats/format.ts';
export { npyOf } from './formats/npy.ts';
export { type Archive, readArchive, writeArchive } from './formats/npz.ts';
export {
  type Format,
  formats,
  type ReadInteractions,
  readInteractions,
  type Understood,
} from './formats/read.ts';
export type { ReadOptions } from './formats/read-options.ts';
export { readNpz, writeNpz } from './formats/sparse-npz.ts';
export { readVatTargets } from './formats/vat.ts';
export { parseAs, parseJson } from './json.ts';
export * from './portable.ts';
